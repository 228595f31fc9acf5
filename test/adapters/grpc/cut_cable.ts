import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { hostAndPort } from "../../../internal/adapters/grpc/host_and_port.ts";

/** A way to a peer that can be cut: then nothing passes any more, and neither end hears of it. */
export class Cable {
  readonly address: string;
  /** Bytes that came from the dialling end. */
  sent = 0;
  #isCut = false;
  readonly #sockets = new Set<Socket>();
  readonly #close: () => void;

  static async to(address: string): Promise<Cable> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const cable = new Cable(`127.0.0.1:${port}`, () => server.close());
    server.on("connection", (near) => cable.#join(near, connect(hostAndPort(address))));
    return cable;
  }

  private constructor(address: string, close: () => void) {
    this.address = address;
    this.#close = close;
  }

  cut(): void {
    this.#isCut = true;
  }

  end(): void {
    this.#close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, far: Socket): void {
    near.on("data", (bytes) => {
      this.sent += bytes.length;
    });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (bytes) => this.#isCut || to.write(bytes));
      from.on("error", () => {});
      from.on("close", () => this.#isCut || to.destroy());
    }
  }
}
