import type { Server } from "node:http";
import type { EventStreams } from "./events.ts";

/** How often connections whose last answer is out are closed, in milliseconds. */
const SWEEP = 50;

/** Stops accepting, lets what is in flight be answered, and cuts off what is left after `deadline` milliseconds. */
export async function closeServer(server: Server, events: EventStreams, deadline: number): Promise<void> {
  events.end();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP);
  const cut = setTimeout(() => server.closeAllConnections(), deadline);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
