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

/** Ends of a connection ask each other for a sign of life this often, and wait this long for it: a cut cable says nothing. */
export const KEEPALIVE: ChannelOptions = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
};

const OPTIONS: ChannelOptions = {
  ...KEEPALIVE,
  // A call that was sent twice would be answered twice.
  "grpc.enable_retries": 0,
  // A shared pool would give a new client the old connection attempt, which may never end.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.service_config_disable_resolution": 1,
  // Nodes are in one network; a proxy in the environment is for the way out of it.
  "grpc.enable_http_proxy": 0,
};

/** grpc's own lines would come between ours, and everything that it says there it also tells us. */
if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);

/** A connection to one peer, for one stream or one call. */
export class PeerConnection {
  readonly client: Client;
  readonly #sockets = new OwnedSockets();

  /** Throws when `address` cannot be parsed. */
  constructor(address: string) {
    this.client = new Client(address, this.#sockets, OPTIONS);
  }

  /** Ends it now, with whatever is still open on it. */
  close(): void {
    this.client.close();
    this.#sockets.destroy();
  }
}

/**
 * No encryption, and a hold on the sockets: a closed client lets go of an attempt to connect without ending it, so each attempt at a
 * peer that accepts and never speaks would keep a socket for good.
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
