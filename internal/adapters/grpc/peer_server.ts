import { isIPv6 } from "node:net";
import { type handleUnaryCall, Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { PeerError, type PeerService } from "../../ports/peers.ts";
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
import { Malformed } from "./checks.ts";
import { GrpcNodeStream } from "./node_stream.ts";
import { KEEPALIVE } from "./peer_connection.ts";
import { PEER_SERVICE } from "./wire.ts";

/** How long open calls may take when the server closes. */
const CLOSE_TIMEOUT_MS = 1_000;

export interface PeerServer {
  /** `host:port` as it was bound. */
  readonly address: string;
  readonly port: number;
  /** Ends every stream and call. */
  close(): Promise<void>;
}

/** Serves `service` to this node's peers; port 0 takes a free one. Throws PeerError if it cannot listen. */
export async function servePeers(
  service: PeerService,
  { host, port }: { host: string; port: number },
): Promise<PeerServer> {
  const server = new Server(KEEPALIVE);
  const streams = new Set<GrpcNodeStream>();
  server.addService(PEER_SERVICE, handlers(service, streams));
  const hostPart = isIPv6(host) ? `[${host}]` : host;
  const bound = await bind(server, `${hostPart}:${port}`);
  return { address: `${hostPart}:${bound}`, port: bound, close: () => close(server, streams) };
}

function handlers(service: PeerService, streams: Set<GrpcNodeStream>) {
  return {
    Rounds(call: ServerDuplexStream<Buffer, Buffer>) {
      const stream = new GrpcNodeStream(call, service);
      streams.add(stream);
      call.on("close", () => streams.delete(stream));
    },
    Knock: unary((bytes) => {
      const { member, leader } = announceRequest.decode(bytes);
      return announceReply.encode({ leads: service.announce(member, leader) });
    }),
    Greet: unary((bytes) => {
      statusRequest.decode(bytes);
      return statusReply.encode(service.getStatus());
    }),
    Hears: unary(async (bytes) => {
      const { epoch } = hearsRequest.decode(bytes);
      return hearsReply.encode({ hears: await service.hears(epoch) });
    }),
    HandOver: unary((bytes) => {
      const { from, remains } = handoffRequest.decode(bytes);
      return handoffReply.encode(service.acceptHandoff(from, remains));
    }),
  };
}

function unary(handle: (request: Buffer) => Buffer | Promise<Buffer>): handleUnaryCall<Buffer, Buffer> {
  return async (call, reply) => {
    try {
      reply(null, await handle(call.request));
    } catch (error) {
      const code = error instanceof Malformed ? status.INVALID_ARGUMENT : status.INTERNAL;
      reply({ code, details: (error as Error).message });
    }
  };
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (cause, port) => {
      if (cause === null) return resolve(port);
      server.forceShutdown();
      reject(new PeerError(`Cannot listen for peers on ${address}: ${cause.message}`, { cause }));
    });
  });
}

function close(server: Server, streams: Set<GrpcNodeStream>): Promise<void> {
  for (const stream of streams) stream.stop();
  return new Promise((resolve) => {
    const force = setTimeout(() => server.forceShutdown(), CLOSE_TIMEOUT_MS);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
