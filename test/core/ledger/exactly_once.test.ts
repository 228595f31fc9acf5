import assert from "node:assert/strict";
import fc from "fast-check";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { LedgerDraft } from "../../../internal/core/ledger/ledger_draft.ts";
import { encodeLedger } from "../../../internal/core/ledger/ledger_encoding.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { conversionOf, transactionOf } from "../../../internal/core/ledger/transaction.ts";
import type { Batch } from "../../../internal/core/log/batch.ts";
import { entriesAfter } from "../../ports/store/entries.ts";
import { counts, hitList, LEDGER_ID, ledgerWith, plainLedger, source, tally } from "../samples.ts";

/** Something that reaches a leader in some round: a batch of a log between any two offsets, an end, a silence or a pruning. */
interface Event {
  readonly what: "batch" | "batch" | "end" | "silent" | "prune" | "commit";
  readonly log: number;
  readonly from: number;
  readonly to: number;
}

const event: fc.Arbitrary<Event> = fc.record({
  what: fc.constantFrom("batch", "batch", "batch", "batch", "batch", "end", "silent", "prune", "commit", "commit"),
  log: fc.nat({ max: 2 }),
  from: fc.nat({ max: 12 }),
  to: fc.nat({ max: 12 }),
});
const NOTHING = { puts: new Map() };
const format = fc.constantFrom(1 as const, 2 as const);
const logs = fc.array(hitList, { minLength: 3, maxLength: 3 });

/** Whatever order batches reach the ledger in, and however often: each hit counts once, and every version adds up. */
describe("whatever reaches the ledger, in whatever order and however often", () => {
  it("counts each source's hits up to one offset, each once, and it adds up in every version", () => {
    fc.assert(
      fc.property(logs, fc.array(event, { maxLength: 60 }), format, (all, events, format) => {
        const story = new Story(all, format);
        for (const one of events) story.happen(one);
        story.commit();
        story.check();
      }),
      { numRuns: 500 },
    );
  });

  it("counts everything once every batch of a log has come, in pieces cut at the same places", () => {
    fc.assert(
      fc.property(logs, fc.array(fc.nat({ max: 11 })), fc.infiniteStream(fc.nat()), (all, cuts, order) => {
        const story = new Story(all);
        const bag = all.flatMap((hits, log) =>
          pieces(hits.length, cuts).map(([from, to]) => story.batchOf(log, from, to)),
        );
        for (let left = bag.length; left > 0; left--) {
          const shuffled = [...bag, ...bag].sort(() => ((order.next().value as number) % 2) - 0.5);
          story.offer(shuffled);
        }
        assert.deepEqual(
          story.watermarks(),
          all.map((hits) => hits.length),
        );
        story.check();
      }),
    );
  });
});

/** Several logs and the ledger that is written from what comes of them. Each version goes through the store's encoding. */
class Story {
  readonly #logs: readonly (readonly string[])[];
  readonly #notes = new Map<number, number>();
  #stored: ReadonlyMap<string, Uint8Array>;
  #ledger: Ledger;
  #draft: LedgerDraft;
  /** How far each log was counted, also when the ledger forgot it. */
  readonly #counted = new Map<string, number>();

  constructor(logs: readonly (readonly string[])[], format: 1 | 2 = 1) {
    this.#logs = logs;
    const created = ledgerWith();
    this.#stored = entriesAfter(encodeLedger(created), format === 1 ? NOTHING : conversionOf(created, LEDGER_ID));
    this.#ledger = decodeLedger(this.#stored) ?? created;
    this.#draft = new LedgerDraft(this.#ledger);
  }

  happen({ what, log, from, to }: Event): void {
    const id = source(log + 1);
    const hits = this.#logs[log] ?? [];
    if (what === "commit") this.commit();
    else if (what === "silent") this.#draft.endSilent([id]);
    else if (what === "prune") this.#draft.prune(id);
    else if (what === "end") this.#fold({ ...this.batchOf(log, hits.length, hits.length), last: true });
    else this.#fold(this.batchOf(log, Math.min(from, hits.length), Math.min(to, hits.length)));
  }

  offer(batches: readonly Batch[]): void {
    for (const batch of batches) this.#fold(batch);
    this.commit();
  }

  /** Noted at the version at which its log was first offered, once. */
  batchOf(log: number, from: number, to: number): Batch {
    const version = this.#notes.get(log) ?? this.#ledger.version;
    this.#notes.set(log, version);
    const hits = this.#logs[log] ?? [];
    const held = from <= to ? tally(hits.slice(from, to)) : counts({});
    return {
      source: source(log + 1),
      region: "eu",
      base: 0,
      firstOffer: { id: this.#ledger.id, version },
      from,
      to,
      counts: held,
      last: false,
    };
  }

  commit(): void {
    const draft = this.#draft;
    if (draft.dirty) {
      const next = draft.finish(1, "w1");
      const transaction = transactionOf(this.#ledger, draft, next, 200);
      this.#stored = entriesAfter(this.#stored, transaction);
      transaction.commit();
      const read = decodeLedger(this.#stored);
      assert.ok(read);
      assert.deepEqual(plainLedger(read), plainLedger(transaction.next));
      this.#ledger = read;
    }
    this.#draft = new LedgerDraft(this.#ledger);
  }

  watermarks(): number[] {
    return this.#logs.map((_, log) => this.#counted.get(source(log + 1)) ?? 0);
  }

  check(): void {
    const expected = tally(this.#logs.flatMap((hits, log) => hits.slice(0, this.#counted.get(source(log + 1)) ?? 0)));
    const totals = new Map(
      [...this.#ledger.totals].map(([counter, { regions }]) => [counter, Number(regions.get("eu"))]),
    );
    assert.deepEqual(new Map([...totals].sort()), new Map([...expected].sort()));
  }

  #fold(batch: Batch): void {
    const verdict = this.#draft.fold(batch);
    if (verdict === "counted") this.#counted.set(batch.source, batch.to);
  }
}

/** A log of `length` hits cut at `cuts`. */
function pieces(length: number, cuts: readonly number[]): [from: number, to: number][] {
  const bounds = [...new Set([0, ...cuts.filter((cut) => cut < length), length])].sort((a, b) => a - b);
  return bounds.slice(1).map((to, i) => [bounds[i] as number, to]);
}
