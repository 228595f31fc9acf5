import type { Server } from "node:http";

/** How often connections that became idle are closed. */
const SWEEP_MS = 50;

/** Stops accepting connections, waits for responses in flight, and closes what is left after `deadline` milliseconds. */
export async function closeServer(server: Server, deadline: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), deadline);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
