import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { PeerError } from "../../ports/peers.ts";
import { peerAddress } from "./checks.ts";
import { PeerConnection } from "./peer_connection.ts";
import type { PeerSecurity } from "./peer_tls.ts";
import { statusText } from "./status_text.ts";
import { asIs, type Codec, methodPath } from "./wire.ts";

/** For one call, connecting included. */
const DEADLINE_MS = 2_000;

/** A method of the peer service. */
export interface Method<Request, Reply> {
  readonly name: "Knock" | "Greet" | "Hears" | "HandOver" | "Adjust";
  readonly request: Codec<Request>;
  readonly reply: Codec<Reply>;
  /** Longest time for one call, in milliseconds. Default: DEADLINE_MS. */
  readonly deadlineMs?: number;
}

/** One call on a connection of its own. Throws PeerError. */
export async function callPeer<Request, Reply>(
  address: string,
  method: Method<Request, Reply>,
  request: Request,
  security: PeerSecurity | null,
): Promise<Reply> {
  try {
    return method.reply.decode(
      await exchange(
        peerAddress(address),
        methodPath(method.name),
        method.request.encode(request),
        security,
        method.deadlineMs,
      ),
    );
  } catch (cause) {
    throw new PeerError(`${method.name} at ${address}: ${textOf(cause as Error)}`, { cause });
  }
}

function exchange(
  address: string,
  path: string,
  request: Buffer,
  security: PeerSecurity | null,
  deadlineMs = DEADLINE_MS,
): Promise<Buffer> {
  const connection = new PeerConnection(address, security);
  const reply = new Promise<Buffer>((resolve, reject) => {
    const options = { deadline: Date.now() + deadlineMs };
    connection.client.makeUnaryRequest<Buffer, Buffer>(
      path,
      asIs,
      asIs,
      request,
      new Metadata(),
      options,
      (error, bytes) => {
        if (bytes === undefined) reject(error);
        else resolve(bytes);
      },
    );
  });
  return reply.finally(() => connection.close());
}

function textOf(error: Error & Partial<ServiceError>): string {
  return error.code === undefined ? error.message : statusText(error.code, error.details ?? "");
}
