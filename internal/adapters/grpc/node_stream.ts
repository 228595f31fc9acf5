import { Metadata, type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { LeaderMessage, NodeMessage, NodeStream, NodeStreamEvents, PeerService } from "../../ports/peers.ts";
import { isAuthenticated } from "./authentication.ts";
import { BoundedWriter } from "./bounded_writer.ts";
import { Malformed } from "./checks.ts";
import { decodeLeaderMessage } from "./leader_messages.ts";
import { encodeNodeMessage } from "./node_messages.ts";

/** The node's end of one stream. */
export class GrpcNodeStream implements NodeStream {
  readonly authenticated: boolean;
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #writer: BoundedWriter<Buffer>;
  readonly #events: NodeStreamEvents;
  /** It came, and its turn has not. */
  #decoded: LeaderMessage | null = null;
  #open = true;

  constructor(call: ServerDuplexStream<Buffer, Buffer>, service: PeerService) {
    this.#call = call;
    this.authenticated = isAuthenticated(call);
    this.#writer = new BoundedWriter((bytes, sent) => call.write(bytes, sent));
    // The first reply, which the leader waits for.
    call.sendMetadata(new Metadata());
    this.#events = service.accept(this);
    call.on("data", (bytes: Buffer) => this.#receiveAlone(bytes));
    for (const end of ["end", "cancelled", "close", "error"]) call.on(end, () => this.#finish());
  }

  send(message: NodeMessage): void {
    if (!this.#open) return;
    const bytes = encodeNodeMessage(message);
    const failure = this.#writer.write(bytes, bytes.length);
    if (failure !== null) this.#end(status.RESOURCE_EXHAUSTED, failure);
  }

  refuse(reason: string): void {
    this.#end(status.FAILED_PRECONDITION, reason);
  }

  /** Ends the stream because the node stops. */
  stop(): void {
    this.#end(status.UNAVAILABLE, "the node is stopping");
  }

  /**
   * Decodes a message in one turn of the event loop, takes it in the next, and reads no other one meanwhile. So hits need not wait for all
   * messages that are there, for example parts of a copy.
   */
  #receiveAlone(bytes: Buffer): void {
    this.#call.pause();
    this.#guarded(() => {
      this.#decoded = decodeLeaderMessage(bytes);
      setImmediate(() => {
        this.#take();
        this.#call.resume();
      });
    });
  }

  #take(): void {
    const message = this.#decoded;
    this.#decoded = null;
    if (message) this.#guarded(() => this.#events.message(message));
  }

  #guarded(action: () => void): void {
    if (!this.#open) return;
    try {
      action();
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#end(status.INVALID_ARGUMENT, error.message);
    }
  }

  #end(code: status, details: string): void {
    if (!this.#open) return;
    // grpc sends what was written before, and then the status.
    this.#call.emit("error", { code, details });
  }

  #finish(): void {
    this.#take();
    if (!this.#open) return;
    this.#open = false;
    this.#call.end();
    queueMicrotask(() => this.#events.closed());
  }
}
