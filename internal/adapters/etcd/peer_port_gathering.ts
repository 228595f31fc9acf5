import net from "node:net";
import type { MemberAddress, VolumeNote } from "../../core/etcd_member/member.ts";
import { noteText, readNote } from "../../core/etcd_member/note.ts";
import { type Gathering, PreparationError } from "../../ports/etcd_member.ts";

const REPLY_TIMEOUT_MS = 1_000;
/** A note is a few hundred bytes. */
const MAX_NOTE_LENGTH = 10_000;

/**
 * Listens at etcd's own peer address, and sends its note to each connection. So members need no other addresses, and a network policy that
 * allows etcd's traffic allows this, too.
 */
export class PeerPortGathering implements Gathering {
  readonly #host: string;
  readonly #port: number;
  #note: VolumeNote | null = null;
  #server: net.Server | null = null;
  readonly #sockets = new Set<net.Socket>();

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  async tell(note: VolumeNote): Promise<void> {
    this.#note = note;
    if (this.#server) return;
    const server = net.createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) =>
        reject(
          new PreparationError(`Cannot listen for the other members on port ${this.#port}: ${cause.message}`, {
            cause,
          }),
        ),
      );
      // Like etcd, which takes 0.0.0.0 for every address of both families.
      const host = this.#host === "0.0.0.0" ? {} : { host: this.#host };
      server.listen({ port: this.#port, ...host }, resolve);
    });
  }

  async ask(member: MemberAddress): Promise<VolumeNote | null> {
    return this.#textFrom(new URL(member.peerUrl)).then(readNote, () => null);
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = server && new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: net.Socket): void {
    this.#track(socket);
    socket.on("error", () => {});
    // Without reading, the socket would never see the other end close.
    socket.resume();
    socket.end(this.#note ? noteText(this.#note) : "");
  }

  /** All text until the other end closes. A running etcd sends nothing before it gets a request. */
  #textFrom({ hostname, port }: URL): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = this.#track(net.connect(Number(port), hostname.replace(/^\[|\]$/g, "")));
      const deadline = setTimeout(() => socket.destroy(), REPLY_TIMEOUT_MS);
      let text = "";
      socket.setEncoding("utf8");
      socket.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MAX_NOTE_LENGTH) socket.destroy();
      });
      socket.on("error", reject);
      socket.once("close", () => {
        clearTimeout(deadline);
        resolve(text);
      });
    });
  }

  #track(socket: net.Socket): net.Socket {
    this.#sockets.add(socket);
    return socket.once("close", () => this.#sockets.delete(socket));
  }
}
