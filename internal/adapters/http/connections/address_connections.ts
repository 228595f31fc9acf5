import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Connections of one address. An address has at most half as many event streams. */
const MAX_PER_ADDRESS = 2_048;

/**
 * Closes connections of addresses that have too many, before a request is read on them: each costs memory, and a refusal of a request costs time. `keyOf`: what a
 * sender's connections are counted under; null: a trusted proxy, which has those of many.
 */
export function limitAddresses(server: Server, keyOf: (socket: Socket) => string | null, max = MAX_PER_ADDRESS): void {
  const open = new Map<string, number>();
  const serve = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const key = keyOf(socket);
    if (key !== null && !takePlace(open, key, max, socket)) socket.destroy();
    else for (const listener of serve) listener.call(server, socket);
  });
}

function takePlace(open: Map<string, number>, key: string, max: number, socket: Socket): boolean {
  const count = open.get(key) ?? 0;
  if (count >= max) return false;
  open.set(key, count + 1);
  socket.once("close", () => {
    const left = (open.get(key) ?? 1) - 1;
    if (left === 0) open.delete(key);
    else open.set(key, left);
  });
  return true;
}
