import type { ServerDuplexStream, ServerUnaryCall } from "@grpc/grpc-js";

type Call = ServerDuplexStream<Buffer, Buffer> | ServerUnaryCall<Buffer, Buffer>;

/** Whether the caller's certificate was accepted. Connections with TLS reach gRPC only after that (`peer_listener.ts`). */
export function isAuthenticated(call: Call): boolean {
  return call.getAuthContext().transportSecurityType === "ssl";
}
