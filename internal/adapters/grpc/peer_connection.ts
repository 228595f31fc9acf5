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

type SecureConnector = experimental.SecureConnector;

/** Largest message either way, in bytes; a snapshot of 10,000 counters is about 1 MB. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Both ends of a connection ping each other: a cut cable sends no error. */
export const KEEPALIVE: ChannelOptions = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
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

/** A connection to one peer, for one stream or one call. */
export class PeerConnection {
  readonly client: Client;
  readonly #sockets = new OwnedSockets();

  /** Throws if `address` cannot be parsed. */
  constructor(address: string) {
    this.client = new Client(address, this.#sockets, OPTIONS);
  }

  /** Closes it at once, with any call on it. */
  close(): void {
    this.client.close();
    this.#sockets.destroy();
  }
}

/**
 * Credentials without encryption that also track the sockets. A closed client does not close a socket that is still connecting, so each
 * attempt to reach a peer that accepts and never speaks would leak one.
 */
class OwnedSockets extends ChannelCredentials {
  readonly #plain = credentials.createInsecure();
  readonly #sockets = new Set<Socket>();
  #destroyed = false;

  override _isSecure(): boolean {
    return false;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(...args: Parameters<ChannelCredentials["_createSecureConnector"]>): SecureConnector {
    const connector = this.#plain._createSecureConnector(...args);
    return {
      connect: (socket) => connector.connect(this.#own(socket)),
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }

  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#destroyed) socket.destroy();
    return socket;
  }
}
