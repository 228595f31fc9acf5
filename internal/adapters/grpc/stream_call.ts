import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { status } from "@grpc/grpc-js";
import type { Cancel, Clock } from "../../ports/clock.ts";
import { FramingError, Unframer } from "./framing.ts";
import type { HandshakeTurns } from "./handshake_turns.ts";
import { hostAndPort } from "./host_and_port.ts";
import { KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS } from "./peer_connection.ts";
import { PeerSockets } from "./peer_sockets.ts";
import { type PeerSecurity, RefusedPeer } from "./peer_tls.ts";
import { methodPath } from "./wire.ts";

export interface StreamCallEvents {
  /** The first reply: the peer speaks gRPC. */
  answered(): void;
  message(bytes: Buffer): void;
  /** Called once, and nothing after it, unless the call was cancelled. */
  ended(code: status, details: string): void;
}

export interface StreamCallDeps {
  /** `host:port` */
  readonly address: string;
  readonly clock: Clock;
  readonly security: PeerSecurity | null;
  readonly handshakes: HandshakeTurns;
  readonly events: StreamCallEvents;
}

/**
 * A call of `Rounds` on a connection of its own (gRPC over HTTP/2). grpc-js's client passes each message through layers for retries, filters
 * and load balancing, which take half of the CPU time of a leader with a thousand nodes, and this call needs none of them.
 */
export class StreamCall {
  readonly #deps: StreamCallDeps;
  readonly #sockets: PeerSockets;
  readonly #unframer = new Unframer();
  #session: ClientHttp2Session | null = null;
  #stream: ClientHttp2Stream | null = null;
  /** Written before there was a connection. */
  #early: (readonly [readonly Buffer[], () => void])[] = [];
  #endsEarly = false;
  #over = false;
  /** Monotonic milliseconds. */
  #heardAt: number;
  #stopPings: Cancel = () => {};
  /** What the peer ended the call with. */
  #said: readonly [status, string] | null = null;

  /** Throws Malformed if `address` is none. */
  constructor(deps: StreamCallDeps) {
    const { host, port } = hostAndPort(deps.address);
    this.#deps = deps;
    this.#sockets = new PeerSockets(deps.security);
    this.#heardAt = deps.clock.monotonic();
    this.#open(host, port).catch((error: Error) => this.#end(status.UNAVAILABLE, reasonOf(error)));
  }

  get renewalDue(): boolean {
    return this.#sockets.renewalDue;
  }

  /** Sends a framed message in parts. `sent` is called once it has left this process, or cannot. */
  write(parts: readonly Buffer[], sent: () => void): void {
    if (this.#over) return;
    const stream = this.#stream;
    if (!stream) return void this.#early.push([parts, sent]);
    // One frame and one system call for all parts.
    stream.cork();
    const last = parts.length - 1;
    for (const [at, part] of parts.entries()) stream.write(part, at === last ? sent : undefined);
    stream.uncork();
  }

  /** Says that no more will be sent. The peer ends the call. */
  end(): void {
    if (this.#stream) this.#stream.end();
    else this.#endsEarly = true;
  }

  /** Ends the call at once. */
  cancel(): void {
    this.#over = true;
    this.#destroy();
  }

  async #open(host: string, port: number): Promise<void> {
    const { socket, secure } = await this.#secured(await this.#sockets.dial(host, port));
    if (this.#over) return void socket.destroy();
    const session = connect(`${secure ? "https" : "http"}://${this.#deps.address}`, sessionOptions(socket));
    this.#session = session;
    session.on("error", (error) => this.#end(status.UNAVAILABLE, reasonOf(error)));
    session.on("close", () => this.#end(status.UNAVAILABLE, "Connection dropped"));
    const stream = session.request({
      ":method": "POST",
      ":path": methodPath("Rounds"),
      "content-type": "application/grpc",
      te: "trailers",
    });
    this.#listen(stream);
    this.#stream = stream;
    for (const [parts, sent] of this.#early) this.write(parts, sent);
    this.#early = [];
    if (this.#endsEarly) stream.end();
    this.#pingAfter(KEEPALIVE_MS);
  }

  #secured(socket: Socket): ReturnType<PeerSockets["secure"]> {
    const { security, handshakes } = this.#deps;
    const secure = () => this.#sockets.secure(socket);
    return security ? handshakes.run(secure) : secure();
  }

  #listen(stream: ClientHttp2Stream): void {
    stream.on("response", (headers, flags) => this.#answered(headers, (flags & END_STREAM) !== 0));
    stream.on("trailers", (trailers) => this.#keepStatus(trailers));
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    stream.on("end", () => this.#end(...(this.#said ?? LOST)));
    stream.on("close", () => this.#end(...(this.#said ?? LOST)));
    stream.on("error", (error) => this.#end(...(this.#said ?? [status.UNAVAILABLE, reasonOf(error)])));
  }

  #answered(headers: IncomingHttpHeaders, isLast: boolean): void {
    const code = Number(headers[":status"]);
    if (isLast && headers["grpc-status"] !== undefined) return this.#keepStatus(headers);
    if (code !== 200) return this.#end(status.UNAVAILABLE, `it replied with the HTTP status ${code}`);
    this.#deps.events.answered();
  }

  #keepStatus({ "grpc-status": code, "grpc-message": message }: IncomingHttpHeaders): void {
    const number = Number(code ?? status.UNKNOWN);
    this.#said = [number in status ? number : status.UNKNOWN, decoded(String(message ?? ""))];
  }

  #receive(chunk: Buffer): void {
    if (this.#over) return;
    this.#heardAt = this.#deps.clock.monotonic();
    try {
      for (const message of this.#unframer.messages(chunk)) if (!this.#over) this.#deps.events.message(message);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#end(status.RESOURCE_EXHAUSTED, error.message);
    }
  }

  /** A cut cable sends no error. A peer that is heard needs no ping. */
  #pingAfter(ms: number): void {
    const { clock } = this.#deps;
    this.#stopPings = clock.after(ms, () => {
      const silence = clock.monotonic() - this.#heardAt;
      if (silence < KEEPALIVE_MS) return this.#pingAfter(KEEPALIVE_MS - silence);
      this.#stopPings = clock.after(KEEPALIVE_TIMEOUT_MS, () => this.#end(status.UNAVAILABLE, "it answers no ping"));
      this.#session?.ping(() => {
        this.#stopPings();
        this.#heardAt = clock.monotonic();
        if (!this.#over) this.#pingAfter(KEEPALIVE_MS);
      });
    });
  }

  #end(code: status, details: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#destroy();
    this.#deps.events.ended(code, details);
  }

  #destroy(): void {
    this.#stopPings();
    this.#session?.destroy();
    this.#sockets.destroy();
  }
}

const END_STREAM = 1;
const LOST = [status.UNAVAILABLE, "Connection dropped"] as const;

function sessionOptions(socket: Socket) {
  return {
    createConnection: () => socket,
    settings: { enablePush: false },
    // The messages that wait are bounded one by one (`bounded_writer.ts`).
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  };
}

function reasonOf(error: Error): string {
  return error instanceof RefusedPeer ? `refused the peer: ${error.message}` : error.message;
}

/** A message of gRPC has its special characters as in a URL. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
