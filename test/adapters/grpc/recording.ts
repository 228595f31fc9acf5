import assert from "node:assert/strict";
import type { Adjustment } from "../../../internal/core/ledger/adjustment.ts";
import type { LogTail } from "../../../internal/core/log/batch.ts";
import type { AdjustmentOutcome } from "../../../internal/ports/adjusting.ts";
import type { Member } from "../../../internal/ports/discovery.ts";
import type {
  HandoffReply,
  LeaderMessage,
  LeaderStreamEvents,
  NodeMessage,
  NodeStream,
  NodeStreamEvents,
  PeerService,
  PeerStatus,
} from "../../../internal/ports/peers.ts";

/** What has happened at one end, in order, and a way to wait for more of it. */
export class Events<T> {
  readonly all: T[] = [];
  #wake: () => void = () => {};

  push(event: T): void {
    this.all.push(event);
    this.#wake();
  }

  /** Event number `index`, from 0. */
  async at(index: number): Promise<T> {
    await this.until(
      () => this.all.length > index,
      `event ${index}; there are ${JSON.stringify(this.all).slice(0, 500)}`,
    );
    return this.all[index]!;
  }

  async until(condition: () => boolean, what: string, deadlineMs = 60_000): Promise<void> {
    for (const deadline = Date.now() + deadlineMs; !condition(); ) {
      const left = deadline - Date.now();
      assert.ok(left > 0, `waited in vain for ${what}`);
      await this.#changed(left);
    }
  }

  #changed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, 50));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export type LeaderEvent = { readonly message: NodeMessage } | { readonly closed: string };

/** The leader's end. */
export class LeaderRecord extends Events<LeaderEvent> implements LeaderStreamEvents {
  message(message: NodeMessage): void {
    this.push({ message });
  }

  closed(reason: string): void {
    this.push({ closed: reason });
  }

  /** The reason, when that is all that ever happened. */
  async onlyClosed(): Promise<string> {
    const event = await this.at(0);
    assert.ok("closed" in event, JSON.stringify(event));
    return event.closed;
  }
}

export type NodeEvent = { readonly message: LeaderMessage } | { readonly closed: true };

/** The node's end of one stream. */
export class NodeRecord extends Events<NodeEvent> implements NodeStreamEvents {
  readonly stream: NodeStream;

  constructor(stream: NodeStream) {
    super();
    this.stream = stream;
  }

  message(message: LeaderMessage): void {
    this.push({ message });
  }

  closed(): void {
    this.push({ closed: true });
  }
}

/** A node that writes down what its peers ask. */
export class RecordingService implements PeerService {
  readonly streams = new Events<NodeRecord>();
  readonly knocks: { readonly member: Member; readonly leader: string }[] = [];
  readonly handedOver: { from: string; remains: readonly LogTail[] }[] = [];
  readonly adjusted: Adjustment[] = [];
  adjustAnswer: AdjustmentOutcome = { done: false, reason: "no-leader" };
  leads = true;
  /** Epoch of the leader that it hears. */
  heard = 0;
  greeting: PeerStatus = { nodeId: "node-1", known: null, takesRemains: true };
  answer: HandoffReply = { taken: true };

  accept(stream: NodeStream): NodeStreamEvents {
    const record = new NodeRecord(stream);
    this.streams.push(record);
    return record;
  }

  announce(member: Member, leader: string): boolean {
    this.knocks.push({ member, leader });
    return this.leads;
  }

  async hears(epoch: number): Promise<boolean> {
    return epoch === this.heard;
  }

  getStatus(): PeerStatus {
    return this.greeting;
  }

  acceptHandoff(from: string, remains: readonly LogTail[]): HandoffReply {
    this.handedOver.push({ from, remains });
    return this.answer;
  }

  async adjust(adjustment: Adjustment): Promise<AdjustmentOutcome> {
    this.adjusted.push(adjustment);
    return this.adjustAnswer;
  }
}
