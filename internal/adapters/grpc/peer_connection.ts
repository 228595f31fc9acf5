import { connect, type Socket } from "node:net";
import {
  ChannelCredentials,
  type ChannelOptions,
  Client,
  credentials,
  type experimental,
  logVerbosity,
  setLogVerbosity,
} from "@grpc/grpc-js";
import type { CertificateSet } from "../../ports/certificates.ts";
import { dialTls, type PeerSecurity, RefusedPeer } from "./peer_tls.ts";

type SecureConnector = experimental.SecureConnector;

/** Largest message either way, in bytes; a snapshot of 10,000 counters is about 1 MB. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Both ends of a connection ping each other: a cut cable sends no error. */
export const KEEPALIVE: ChannelOptions = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
};

/** Share of the time until a certificate's end after which a new connection takes the place of an open one. */
const RENEW_AFTER = 0.9;

const OPTIONS: ChannelOptions = {
  ...KEEPALIVE,
  // A call must be sent once: its receiver may handle it twice.
  "grpc.enable_retries": 0,
  // With a shared pool, a new client would get an old connection attempt that may never end.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.service_config_disable_resolution": 1,
  // Nodes are in one network. A proxy in the environment is for other destinations.
  "grpc.enable_http_proxy": 0,
};

/** Without this, grpc would write lines of its own. They say nothing that its errors do not. */
if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);

/** A connection to one peer, for one stream or one call. */
export class PeerConnection {
  readonly client: Client;
  readonly #sockets: OwnedSockets;

  /** `security`: null without TLS. Throws if `address` cannot be parsed. */
  constructor(address: string, security: PeerSecurity | null) {
    this.#sockets = new OwnedSockets(security);
    this.client = new Client(address, this.#sockets, OPTIONS);
  }

  /** Whether a new connection should take this one's place, because certificates were renewed or this one's are about to end. */
  get renewalDue(): boolean {
    return this.#sockets.renewalDue;
  }

  /** Closes it at once, with any call on it. */
  close(): void {
    this.client.close();
    this.#sockets.destroy();
  }
}

/**
 * Credentials that also track the sockets. A closed client does not close a socket that is still connecting, so each attempt to reach a
 * peer that accepts and never speaks would leak one. grpc's own TLS credentials read certificates once.
 */
class OwnedSockets extends ChannelCredentials {
  readonly #plain = credentials.createInsecure();
  readonly #security: PeerSecurity | null;
  readonly #sockets = new Set<Socket>();
  #destroyed = false;
  /** The certificates of the present connection, and when it should be renewed. Null: without TLS, or not connected. */
  #secured: { readonly set: CertificateSet; readonly renewAt: number } | null = null;

  constructor(security: PeerSecurity | null) {
    super();
    this.#security = security;
  }

  get renewalDue(): boolean {
    const secured = this.#secured;
    return secured !== null && (secured.set !== this.#security?.certificates.current || Date.now() > secured.renewAt);
  }

  override _isSecure(): boolean {
    return false;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(...args: Parameters<ChannelCredentials["_createSecureConnector"]>): SecureConnector {
    const connector = this.#plain._createSecureConnector(...args);
    const security = this.#security;
    return {
      connect: (socket) =>
        security ? this.#secure(this.#own(socket), security) : connector.connect(this.#own(socket)),
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }

  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #secure(
    socket: Socket,
    { certificates, plainToo }: PeerSecurity,
  ): Promise<{ socket: Socket; secure: boolean }> {
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
      return { socket: await this.#dialPlain(host, port), secure: false };
    }
  }

  #dialPlain(host: string, port: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = this.#own(connect({ host, port, noDelay: true }));
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("Socket closed")));
      socket.once("connect", () => resolve(socket));
    });
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#destroyed) socket.destroy();
    return socket;
  }
}
