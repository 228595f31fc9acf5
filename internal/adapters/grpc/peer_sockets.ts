import { connect, type Socket } from "node:net";
import type { CertificateSet } from "../../ports/certificates.ts";
import { dialTls, type PeerSecurity, RefusedPeer } from "./peer_tls.ts";

/** Share of the time until a certificate's end after which a new connection takes the place of an open one. */
const RENEW_AFTER = 0.9;

/** The sockets of one connection to a peer, so that none outlives it, and its certificates. */
export class PeerSockets {
  readonly #security: PeerSecurity | null;
  readonly #sockets = new Set<Socket>();
  #destroyed = false;
  /** The certificates of the present connection, and when it should be renewed. Null: without TLS, or not connected. */
  #secured: { readonly set: CertificateSet; readonly renewAt: number } | null = null;

  constructor(security: PeerSecurity | null) {
    this.#security = security;
  }

  /** Whether a new connection should take this one's place, because certificates were renewed or this one's are about to end. */
  get renewalDue(): boolean {
    const secured = this.#secured;
    return secured !== null && (secured.set !== this.#security?.certificates.current || Date.now() > secured.renewAt);
  }

  /** Connects. Rejects if nobody accepts. */
  dial(host: string, port: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = this.own(connect({ host, port, noDelay: true }));
      // It stays: an error without a listener would end the process.
      socket.on("error", (error) => reject(whole(error)));
      socket.once("close", () => reject(new Error("Socket closed")));
      socket.once("connect", () => resolve(socket));
    });
  }

  /** Speaks TLS on a connected socket, if that is asked for. Rejects with RefusedPeer if the peer's certificate is not good. */
  async secure(socket: Socket): Promise<{ readonly socket: Socket; readonly secure: boolean }> {
    if (!this.#security) return { socket, secure: false };
    const { certificates, plainToo } = this.#security;
    const set = certificates.current;
    const { remoteAddress: host, remotePort: port } = socket;
    try {
      const secured = await dialTls(socket, set);
      const now = Date.now();
      const end = Math.min(set.notAfter, secured.peer.notAfter);
      this.#secured = { set, renewAt: now + RENEW_AFTER * (end - now) };
      return { socket: secured.socket, secure: true };
    } catch (error) {
      if (!plainToo || error instanceof RefusedPeer || host === undefined || port === undefined) throw error;
      return { socket: await this.dial(host, port), secure: false };
    }
  }

  own(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#destroyed) socket.destroy();
    return socket;
  }

  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A name with several addresses fails with the errors of all of them, and no message of its own. */
function whole(error: Error): Error {
  return error instanceof AggregateError ? new Error(error.errors.map(({ message }) => message).join(", ")) : error;
}
