import { isIPv6 } from "node:net";
import { type handleUnaryCall, Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { PeerService } from "../../ports/peers.ts";
import { adjustReply, adjustRequest } from "./adjust_messages.ts";
import { isAuthenticated } from "./authentication.ts";
import {
  announceReply,
  announceRequest,
  handoffReply,
  handoffRequest,
  hearsReply,
  hearsRequest,
  statusReply,
  statusRequest,
} from "./call_messages.ts";
import { Malformed, refuse } from "./checks.ts";
import { GrpcNodeStream } from "./node_stream.ts";
import { KEEPALIVE } from "./peer_connection.ts";
import { PeerListener } from "./peer_listener.ts";
import type { PeerSecurity } from "./peer_tls.ts";
import { PEER_SERVICE } from "./wire.ts";

/** Largest hand-over of a node without a certificate. To decode a message takes many times its bytes. */
const MAX_PLAIN_HANDOFF_BYTES = 4 << 20;
/** How long open calls may take when the server closes. */
const CLOSE_TIMEOUT_MS = 1_000;

export interface PeerServer {
  /** `host:port` as it was bound. */
  readonly address: string;
  readonly port: number;
  /** Ends every stream and call. */
  close(): Promise<void>;
}

export interface PeerServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Null: without TLS. */
  readonly security: PeerSecurity | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Serves `service` to this node's peers. Throws PeerError if it cannot listen. */
export async function servePeers(service: PeerService, options: PeerServerOptions): Promise<PeerServer> {
  const { host, port, ...deps } = options;
  const server = new Server(KEEPALIVE);
  const streams = new Set<GrpcNodeStream>();
  server.addService(PEER_SERVICE, handlers(service, streams, options.security !== null));
  const connections = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = new PeerListener({ ...deps, accept: (socket) => connections.injectConnection(socket) });
  const bound = await listener.listen(host, port);
  const address = `${isIPv6(host) ? `[${host}]` : host}:${bound}`;
  return { address, port: bound, close: () => close(server, listener, streams) };
}

function handlers(service: PeerService, streams: Set<GrpcNodeStream>, needsCertificate: boolean) {
  return {
    Rounds(call: ServerDuplexStream<Buffer, Buffer>) {
      const stream = new GrpcNodeStream(call, service);
      streams.add(stream);
      call.on("close", () => streams.delete(stream));
    },
    Knock: unary((bytes, authenticated) => {
      const { member, leader } = announceRequest.decode(bytes);
      return announceReply.encode({ leads: service.announce(member, leader, authenticated) });
    }),
    Greet: unary((bytes) => {
      statusRequest.decode(bytes);
      return statusReply.encode(service.getStatus());
    }),
    Hears: unary(async (bytes) => {
      const { epoch } = hearsRequest.decode(bytes);
      return hearsReply.encode({ hears: await service.hears(epoch) });
    }),
    HandOver: unary((bytes, authenticated) => {
      if (!authenticated && bytes.length > MAX_PLAIN_HANDOFF_BYTES)
        refuse(
          "a hand-over without a certificate",
          `${bytes.length} bytes`,
          `at most ${MAX_PLAIN_HANDOFF_BYTES} bytes`,
        );
      const { from, remains } = handoffRequest.decode(bytes);
      return handoffReply.encode(service.acceptHandoff(from, remains, authenticated));
    }),
    Adjust: unary(async (bytes, authenticated) => {
      if (needsCertificate && !authenticated) refuse("an adjustment", "one without a certificate", "a node's");
      return adjustReply.encode(await service.adjust(adjustRequest.decode(bytes)));
    }),
  };
}

type Handler = (request: Buffer, authenticated: boolean) => Buffer | Promise<Buffer>;

function unary(handle: Handler): handleUnaryCall<Buffer, Buffer> {
  return async (call, reply) => {
    try {
      reply(null, await handle(call.request, isAuthenticated(call)));
    } catch (error) {
      const code = error instanceof Malformed ? status.INVALID_ARGUMENT : status.INTERNAL;
      reply({ code, details: (error as Error).message });
    }
  };
}

async function close(server: Server, listener: PeerListener, streams: Set<GrpcNodeStream>): Promise<void> {
  const closed = listener.close();
  for (const stream of streams) stream.stop();
  const force = setTimeout(() => {
    server.forceShutdown();
    listener.destroy();
  }, CLOSE_TIMEOUT_MS);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  await closed;
  clearTimeout(force);
}
