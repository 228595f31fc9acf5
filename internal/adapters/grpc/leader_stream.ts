import { type ClientDuplexStream, Metadata, status } from "@grpc/grpc-js";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { LeaderMessage, LeaderStream, LeaderStreamEvents } from "../../ports/peers.ts";
import { BoundedWriter } from "./bounded_writer.ts";
import { encodeLeaderMessage } from "./leader_messages.ts";
import { decodeNodeMessage } from "./node_messages.ts";
import { PeerConnection } from "./peer_connection.ts";
import type { PeerSecurity } from "./peer_tls.ts";
import { statusText } from "./status_text.ts";
import { asIs, methodPath } from "./wire.ts";

/** How long a closed stream may go on sending what was written. */
const CLOSE_TIMEOUT_MS = 1_000;

export interface LeaderStreamDeps {
  readonly address: string;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly security: PeerSecurity | null;
  readonly events: LeaderStreamEvents;
}

/** The leader's end of one stream, on a connection of its own. */
export class GrpcLeaderStream implements LeaderStream {
  readonly #deps: LeaderStreamDeps;
  readonly #connection: PeerConnection;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #writer: BoundedWriter;
  /** Cancels the timeout for the node's first reply. grpc has none for a peer that accepts and never speaks. */
  readonly #stopWaiting: Cancel;
  #open = true;

  constructor(deps: LeaderStreamDeps) {
    this.#deps = deps;
    this.#connection = new PeerConnection(deps.address, deps.security);
    this.#call = this.#connection.client.makeBidiStreamRequest(methodPath("Rounds"), asIs, asIs, new Metadata(), {});
    this.#writer = new BoundedWriter(this.#call);
    const { clock, connectTimeoutMs } = deps;
    this.#stopWaiting = clock.after(connectTimeoutMs, () => this.#fail(`no answer within ${connectTimeoutMs} ms`));
    this.#listen();
  }

  get renewalDue(): boolean {
    return this.#open && this.#connection.renewalDue;
  }

  send(message: LeaderMessage): void {
    if (!this.#open) return;
    const failure = this.#writer.write(encodeLeaderMessage(message));
    if (failure !== null) this.#fail(failure);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stopWaiting();
    this.#call.end();
    const giveUp = this.#deps.clock.after(CLOSE_TIMEOUT_MS, () => this.#call.cancel());
    this.#call.on("status", giveUp);
  }

  #listen(): void {
    this.#call.on("metadata", this.#stopWaiting);
    this.#call.on("data", (bytes: Buffer) => this.#receive(bytes));
    // Each error is also a status. Without a listener, it would end the process.
    this.#call.on("error", () => {});
    this.#call.on("status", ({ code, details }) => {
      this.#fail(code === status.OK ? "the node ended the stream" : statusText(code, details));
      this.#connection.close();
    });
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
