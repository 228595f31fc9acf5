import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port that is free on loopback, below those that the system gives to outgoing connections: it is still free when whoever
 * used it is started again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 8_000);
    const server = createServer().listen(port, "127.0.0.1");
    const [free] = await Promise.allSettled([once(server, "listening")]);
    server.close();
    if (free.status === "fulfilled") return port;
  }
}
