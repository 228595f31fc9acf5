import { performServerHandshake, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { status } from "@grpc/grpc-js";

/** Time for the other end to call, and to read why that is refused. */
const TIMEOUT_MS = 2_000;
/** Bytes of headers that are read of a call that is refused. */
const MAX_HEADER_BYTES = 4_096;

/** Tells the other end of `socket`, in gRPC's terms, why it is not heard, and closes. No request's body is read. */
export function refusePolitely(socket: Socket, reason: string): void {
  const session = performServerHandshake(socket, {
    maxHeaderListPairs: 32,
    settings: { maxHeaderListSize: MAX_HEADER_BYTES, maxConcurrentStreams: 1 },
  });
  session.on("error", () => session.destroy());
  session.on("stream", (stream) => refuse(stream, `this node was refused: ${reason}`));
  setTimeout(() => socket.destroy(), TIMEOUT_MS).unref();
}

/** A response without messages: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md (Trailers-Only). */
function refuse(stream: ServerHttp2Stream, message: string): void {
  stream.on("error", () => stream.destroy());
  stream.respond(
    {
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": status.UNAUTHENTICATED,
      "grpc-message": encodeURI(message),
    },
    { endStream: true },
  );
}
