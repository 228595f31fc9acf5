import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** What a load balancer is to a page: one address, behind it whichever of the ports answers, the first before the others. */
export interface Balancer {
  readonly url: string;
  /** Passes nothing on any more on the connections that there are, and closes none: as when a node's machine stops. */
  stall(): void;
  close(): void;
}

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => open.delete(client));
    void forward(client, ports);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  function stall(): void {
    for (const client of open) client.emit("stall");
  }
  function close(): void {
    server.close();
    for (const client of open) client.destroy();
  }
  return { url: `http://127.0.0.1:${port}`, stall, close };
}

async function forward(client: Socket, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const server = connect({ port, host: "127.0.0.1" });
    const connected = await once(server, "connect").then(
      () => true,
      () => false,
    );
    if (!connected) continue;
    server.on("error", () => client.destroy());
    server.on("close", () => client.destroy());
    client.on("close", () => server.destroy());
    client.pipe(server).pipe(client);
    client.on("stall", () => server.unpipe(client));
    return;
  }
  client.destroy();
}
