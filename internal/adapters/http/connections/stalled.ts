import type { Server } from "node:http";
import type { Socket } from "node:net";

/** How often connections are looked at. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * Closes connections whose clients read nothing of a response for `stalledMs`, and up to CHECK_INTERVAL_MS more.
 *
 * Node's own `server.timeout` would set a timer for each request, and restart it for each read and write. Nearly all responses leave at
 * once, so only a connection with a response that has not left yet gets a timer. Other things that a client may be slow with have limits of their own.
 */
export function limitStalled(server: Server, stalledMs: number): void {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const check = () => {
    for (const socket of open) if (socket.writableLength > 0 && !socket.timeout) socket.setTimeout(stalledMs);
  };
  const checking = setInterval(check, Math.min(CHECK_INTERVAL_MS, stalledMs)).unref();
  server.once("close", () => clearInterval(checking));
}
