import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { CertificateSet } from "../../ports/certificates.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { PeerError } from "../../ports/peers.ts";
import {
  checkPeer,
  contextOptions,
  HANDSHAKE_TIMEOUT_MS,
  PEER_CHECKS,
  type PeerCertificateFacts,
  type PeerSecurity,
  RefusedPeer,
} from "./peer_tls.ts";
import { RefusalLog } from "./refusal_log.ts";
import { refusePolitely } from "./refused_connection.ts";

export interface PeerListenerDeps {
  /** Null: without TLS, on addresses that only this machine reaches, or where a person said so. */
  readonly security: PeerSecurity | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes a connection whose other end may be heard. */
  readonly accept: (socket: Socket) => void;
}

/** Far more than a leader's stream and the calls of 1,000 nodes. Each costs some memory before anything is known of it. */
const MAX_CONNECTIONS = 4_096;
/** How often accepted certificates are looked at again. */
const RECHECK_MS = 5_000;
/** First byte of a TLS connection: the record type of a handshake (RFC 8446, 5.1). */
const TLS_HANDSHAKE = 0x16;

/**
 * Listens for peers, and lets none be heard whose certificate was not accepted.
 *
 * gRPC's own TLS server reads certificates once, closes refused connections without a word, and keeps accepted ones for as long as they
 * like. Here each handshake uses the newest certificates, both ends are told why one was refused, and a connection ends when its
 * certificate does.
 */
export class PeerListener {
  readonly #deps: PeerListenerDeps;
  readonly #server: Server;
  readonly #tls: TlsServer | null;
  readonly #refusals: RefusalLog;
  readonly #sockets = new Set<Socket>();
  /** Accepted connections, and what their certificates said. */
  readonly #accepted = new Map<TLSSocket, PeerCertificateFacts>();
  #applied: CertificateSet | null = null;
  #cancel: Cancel = () => {};

  constructor(deps: PeerListenerDeps) {
    this.#deps = deps;
    this.#refusals = new RefusalLog(deps.logger, deps.clock);
    this.#tls = deps.security && this.#tlsServer();
    this.#server = createServer({ noDelay: true }, (socket) => this.#connected(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Resolves to the port that it was bound to. Throws PeerError. */
  listen(host: string, port: number): Promise<number> {
    this.#recheckLater();
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) => {
        this.#cancel();
        reject(new PeerError(`Cannot listen for peers on ${host}:${port}: ${cause.message}`, { cause }));
      });
      this.#server.listen(port, host, () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  /** Accepts no more connections, and resolves when all have ended. */
  close(): Promise<void> {
    this.#cancel();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Ends all connections. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #tlsServer(): TlsServer {
    const server = createTlsServer({ ...PEER_CHECKS, handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
    server.on("secureConnection", (socket) => this.#secured(socket));
    server.on("tlsClientError", (error, socket) =>
      this.#refusals.refused(socket.remoteAddress, `TLS handshake failed: ${error.message}`),
    );
    return server;
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket);
    // Its end is told by "close". Without a listener, an error would end the process.
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
    const { security, accept } = this.#deps;
    if (!this.#tls || !security) return accept(socket);
    if (!security.plainToo) return this.#handshake(this.#tls, socket);
    const tls = this.#tls;
    onFirstByte(socket, (byte) => (byte === TLS_HANDSHAKE ? this.#handshake(tls, socket) : accept(socket)));
  }

  #handshake(tls: TlsServer, socket: Socket): void {
    const set = this.#deps.security?.certificates.current;
    if (set && set !== this.#applied) {
      tls.setSecureContext(contextOptions(set));
      this.#applied = set;
    }
    tls.emit("connection", socket);
  }

  #secured(socket: TLSSocket): void {
    const { security, accept } = this.#deps;
    if (!security) return;
    try {
      this.#accepted.set(socket, checkPeer(socket, security.certificates.current));
    } catch (error) {
      if (!(error instanceof RefusedPeer)) throw error;
      this.#refusals.refused(socket.remoteAddress, error.message);
      return refusePolitely(socket, error.message);
    }
    let heard = false;
    onFirstByte(socket, () => {
      heard = true;
      accept(socket);
    });
    const { remoteAddress } = socket;
    socket.once("close", () => {
      this.#accepted.delete(socket);
      if (!heard)
        this.#refusals.refused(remoteAddress, "it left after the handshake: it refused this node's certificate");
    });
  }

  #recheckLater(): void {
    if (!this.#tls) return;
    this.#cancel = this.#deps.clock.after(RECHECK_MS, () => {
      this.#recheck();
      this.#recheckLater();
    });
  }

  /** A leader renews its streams in time, between rounds. What is left belongs to nobody who may be heard. */
  #recheck(): void {
    const { clock, security, logger } = this.#deps;
    const trusted = security?.certificates.current.authorities;
    const now = clock.wall();
    for (const [socket, { notAfter, authority }] of this.#accepted) {
      if (now <= notAfter && trusted?.has(authority)) continue;
      const why = now > notAfter ? "its certificate has expired" : "its authority is not trusted any more";
      logger.warn("closed a peer's connection", { address: socket.remoteAddress, why });
      socket.destroy();
    }
  }
}

/** Calls `then` once the other end has sent something, which stays to be read. A connection that sends nothing is closed. */
function onFirstByte(socket: Socket, then: (byte: number) => void): void {
  const wait = () => {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) return;
    socket.removeListener("readable", wait);
    socket.setTimeout(0);
    socket.unshift(bytes);
    then(bytes[0] ?? 0);
  };
  socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => socket.destroy());
  socket.on("readable", wait);
}
