import type { Socket } from "node:net";
import {
  ChannelCredentials,
  type ChannelOptions,
  Client,
  credentials,
  type experimental,
  logVerbosity,
  setLogVerbosity,
} from "@grpc/grpc-js";
import { PeerSockets } from "./peer_sockets.ts";
import type { PeerSecurity } from "./peer_tls.ts";

type SecureConnector = experimental.SecureConnector;

/** Largest message either way, in bytes; a snapshot of 10,000 counters is about 1 MB. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Both ends of a connection ping each other: a cut cable sends no error. */
export const KEEPALIVE_MS = 10_000;
export const KEEPALIVE_TIMEOUT_MS = 5_000;
export const KEEPALIVE: ChannelOptions = {
  "grpc.keepalive_time_ms": KEEPALIVE_MS,
  "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
};

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

/** A connection to one peer, for one call. */
export class PeerConnection {
  readonly client: Client;
  readonly #sockets: PeerSockets;

  /** `security`: null without TLS. Throws if `address` cannot be parsed. */
  constructor(address: string, security: PeerSecurity | null) {
    this.#sockets = new PeerSockets(security);
    this.client = new Client(address, new OwnedSockets(this.#sockets), OPTIONS);
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
  readonly #sockets: PeerSockets;

  constructor(sockets: PeerSockets) {
    super();
    this.#sockets = sockets;
  }

  override _isSecure(): boolean {
    return false;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(...args: Parameters<ChannelCredentials["_createSecureConnector"]>): SecureConnector {
    const connector = this.#plain._createSecureConnector(...args);
    return {
      connect: (socket: Socket) => this.#sockets.secure(this.#sockets.own(socket)),
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }
}
