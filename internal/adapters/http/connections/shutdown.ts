import type { Server } from "node:http";

/** How often connections whose last answer is out are closed, in milliseconds. */
const SWEEP = 50;

/** Stops accepting, lets what is in flight be answered, and cuts off what is left after `deadline` milliseconds. */
export async function closeServer(server: Server, deadline: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP);
  const cut = setTimeout(() => server.closeAllConnections(), deadline);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
