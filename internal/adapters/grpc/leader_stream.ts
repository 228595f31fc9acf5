import { status } from "@grpc/grpc-js";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { LeaderMessage, LeaderStream, LeaderStreamEvents } from "../../ports/peers.ts";
import { BoundedWriter } from "./bounded_writer.ts";
import type { HandshakeTurns } from "./handshake_turns.ts";
import { frameLeaderMessage } from "./leader_messages.ts";
import { decodeNodeMessage } from "./node_messages.ts";
import type { PeerSecurity } from "./peer_tls.ts";
import { statusText } from "./status_text.ts";
import { StreamCall } from "./stream_call.ts";

/** How long a closed stream may go on sending what was written. */
const CLOSE_TIMEOUT_MS = 1_000;

export interface LeaderStreamDeps {
  readonly address: string;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly security: PeerSecurity | null;
  readonly handshakes: HandshakeTurns;
  readonly events: LeaderStreamEvents;
}

/** The leader's end of one stream, on a connection of its own. */
export class GrpcLeaderStream implements LeaderStream {
  readonly #deps: LeaderStreamDeps;
  readonly #call: StreamCall;
  readonly #writer: BoundedWriter<readonly Buffer[]>;
  /** Cancels the timeout for the node's first reply. HTTP/2 has none for a peer that accepts and never speaks. */
  readonly #stopWaiting: Cancel;
  #giveUp: Cancel = () => {};
  #open = true;

  /** Throws Malformed if the address is none. */
  constructor(deps: LeaderStreamDeps) {
    const { address, clock, connectTimeoutMs, security, handshakes } = deps;
    this.#deps = deps;
    this.#call = new StreamCall({
      ...{ address, clock, security, handshakes },
      events: {
        answered: () => this.#stopWaiting(),
        message: (bytes) => this.#receive(bytes),
        ended: (code, details) => this.#ended(code, details),
      },
    });
    this.#writer = new BoundedWriter((parts, sent) => this.#call.write(parts, sent));
    this.#stopWaiting = clock.after(connectTimeoutMs, () => this.#fail(`no answer within ${connectTimeoutMs} ms`));
  }

  get renewalDue(): boolean {
    return this.#open && this.#call.renewalDue;
  }

  send(message: LeaderMessage): void {
    if (!this.#open) return;
    const parts = frameLeaderMessage(message);
    const failure = this.#writer.write(parts, lengthOf(parts));
    if (failure !== null) this.#fail(failure);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stopWaiting();
    this.#call.end();
    this.#giveUp = this.#deps.clock.after(CLOSE_TIMEOUT_MS, () => this.#call.cancel());
  }

  #ended(code: status, details: string): void {
    this.#giveUp();
    this.#fail(code === status.OK ? "the node ended the stream" : statusText(code, details));
  }

  #receive(bytes: Buffer): void {
    if (!this.#open) return;
    try {
      this.#deps.events.message(decodeNodeMessage(bytes));
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  /** `closed` is called in a microtask, because the caller may be in a loop over its streams. */
  #fail(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stopWaiting();
    this.#call.cancel();
    queueMicrotask(() => this.#deps.events.closed(reason));
  }
}

function lengthOf(parts: readonly Buffer[]): number {
  let bytes = 0;
  for (const { length } of parts) bytes += length;
  return bytes;
}
