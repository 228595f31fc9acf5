import type { Publication } from "../../../internal/core/ledger/snapshot.ts";
import type { Batch, LedgerPosition, LedgerRef } from "../../../internal/core/log/batch.ts";
import type { Member } from "../../../internal/ports/discovery.ts";
import type {
  Collect,
  LeaderMessage,
  NodeReport,
  NodeStream,
  NodeStreamEvents,
} from "../../../internal/ports/peers.ts";

/** The counters that every node counts, the same everywhere. */
const COUNTERS = Array.from({ length: 10 }, (_, i) => `counter-${i}`);

/** A node reduced to its stream: ten counters get a hit each between two rounds, for as long as `hitsGoOn`. */
export class NodeEnd implements NodeStreamEvents {
  /** Hits that were offered, and those of them that a snapshot showed as committed. */
  offered = 0;
  shown = 0;
  readonly #member: Member;
  #stream: NodeStream | null = null;
  readonly #hitsGoOn: () => boolean;
  #outstanding: Batch | null = null;
  #note: LedgerRef | null = null;
  #known: LedgerPosition | null = null;

  constructor(member: Member, hitsGoOn: () => boolean) {
    this.#member = member;
    this.#hitsGoOn = hitsGoOn;
  }

  /** A leader that lost its stream opens another; the log goes on. */
  accept(stream: NodeStream): NodeStreamEvents {
    this.#stream = stream;
    return this;
  }

  message(message: LeaderMessage): void {
    if (message.kind === "welcome")
      this.#stream?.send({ kind: "hello", member: this.#member, knows: 2, ...this.#report() });
    else if (message.kind === "collect") this.#answer(message);
    else if (message.kind === "published") this.#adopt(message.publication);
  }

  closed(): void {}

  /** A batch that no snapshot covers is offered again as it was (docs/protocol.md, Collect). */
  #answer({ epoch, round, ledger }: Collect): void {
    this.#note ??= ledger;
    if (!this.#outstanding && this.#hitsGoOn()) this.#outstanding = this.#seal(this.#note);
    const batches = this.#outstanding ? [this.#outstanding] : [];
    this.#stream?.send({ kind: "answer", epoch, round, batches, ...this.#report() });
  }

  #seal(firstOffer: LedgerRef): Batch {
    const { id: source, region } = this.#member;
    const counts = new Map(COUNTERS.map((counter) => [counter, 1]));
    const from = this.offered;
    this.offered += counts.size;
    return { source, region, base: 0, firstOffer, from, to: this.offered, counts, last: false };
  }

  #adopt({ shared, watermarks }: Publication): void {
    this.#known = shared.ledger?.ledger ?? this.#known;
    this.shown = watermarks.find(({ source }) => source === this.#member.id)?.watermark ?? this.shown;
    if (this.#outstanding && this.shown >= this.#outstanding.to) this.#outstanding = null;
  }

  #report(): NodeReport {
    const { offered: hits, shown: committed } = this;
    const numbers = { hits, committed, pending: hits - committed, indeterminate: 0, active: 3 };
    const flags = { draining: false, drained: false, durable: true, refusing: false, resync: false };
    return { known: this.#known, sources: [this.#member.id], begun: [this.#member.id], ...numbers, ...flags };
  }
}
