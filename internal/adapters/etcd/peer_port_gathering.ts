import { X509Certificate } from "node:crypto";
import net from "node:net";
import tls from "node:tls";
import type { MemberAddress, VolumeNote } from "../../core/etcd_member/member.ts";
import { noteText, readNote } from "../../core/etcd_member/note.ts";
import { uriNamesIn } from "../../core/identity/subject_alt_name.ts";
import { type Gathering, PreparationError } from "../../ports/etcd_member.ts";
import type { TlsSettings } from "./probe.ts";

const TLS_OPTIONS = { minVersion: "TLSv1.3", rejectUnauthorized: true } as const;
const REPLY_TIMEOUT_MS = 1_000;
/** A note is a few hundred bytes. */
const MAX_NOTE_LENGTH = 10_000;

/**
 * Listens at etcd's own peer address, and sends its note to each connection. So members need no other addresses, and a network policy that
 * allows etcd's traffic allows this, too. With TLS, both ends must have a certificate with the same URI name.
 */
export class PeerPortGathering implements Gathering {
  readonly #host: string;
  readonly #port: number;
  readonly #tls: (() => TlsSettings) | null;
  #note: VolumeNote | null = null;
  #server: net.Server | null = null;
  readonly #sockets = new Set<net.Socket>();

  /** `present`: the present certificates; without them, it uses no TLS. */
  constructor(host: string, port: number, present: (() => TlsSettings) | null = null) {
    this.#host = host;
    this.#port = port;
    this.#tls = present;
  }

  async tell(note: VolumeNote): Promise<void> {
    this.#note = note;
    if (this.#server instanceof tls.Server) this.#server.setSecureContext(this.#tls?.() ?? {});
    if (this.#server) return;
    const server = this.#createServer();
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

  #createServer(): net.Server {
    if (this.#tls === null) return net.createServer((socket) => this.#serve(socket));
    const server = tls.createServer({ ...this.#tls(), ...TLS_OPTIONS, requestCert: true }, (socket) => {
      if (this.#isMember(socket)) this.#serve(socket);
      else socket.destroy();
    });
    return server.on("connection", (socket) => this.#track(socket)).on("tlsClientError", () => {});
  }

  #connect({ hostname, port }: URL): net.Socket {
    const address = { port: Number(port), host: hostname.replace(/^\[|\]$/g, "") };
    if (this.#tls === null) return net.connect(address);
    // Members are known by their URI names. Their addresses change.
    const socket = tls.connect({ ...address, ...this.#tls(), ...TLS_OPTIONS, checkServerIdentity: () => undefined });
    return socket.once("secureConnect", () => {
      if (!this.#isMember(socket)) socket.destroy();
    });
  }

  #isMember(socket: tls.TLSSocket): boolean {
    const [mine, theirs] = [new X509Certificate(this.#tls?.().cert ?? ""), socket.getPeerX509Certificate()];
    const names = uriNamesIn(mine.subjectAltName ?? "").join();
    return socket.authorized && names !== "" && names === uriNamesIn(theirs?.subjectAltName ?? "").join();
  }

  #serve(socket: net.Socket): void {
    this.#track(socket);
    socket.on("error", () => {});
    // Without reading, the socket would never see the other end close.
    socket.resume();
    socket.end(this.#note ? noteText(this.#note) : "");
  }

  /** All text until the other end closes. A running etcd sends nothing before it gets a request. */
  #textFrom(url: URL): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = this.#track(this.#connect(url));
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
