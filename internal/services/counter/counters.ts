import { invariant } from "../../core/invariant.ts";
import type { CounterTotal } from "../../core/ledger/counter_total.ts";
import { totalOf } from "../../core/ledger/ledger.ts";
import type { Adoption, CounterTotals, LedgerChange } from "../../core/ledger/snapshot.ts";
import { Totals } from "../../core/ledger/totals.ts";
import type { LedgerPosition, Segment } from "../../core/log/batch.ts";
import type { CommittedSum } from "../../ports/counting.ts";
import { LargestCounters } from "./largest_counters.ts";
import { NewNames } from "./new_names.ts";
import { PendingByCounter, type PendingHits } from "./pending_hits.ts";
import { SeenNumbers } from "./seen_numbers.ts";
import { SortedNames } from "./sorted_names.ts";

/** One counter on this node. */
export interface CounterState {
  /** Committed hits by the newest snapshot; null before this node has heard of them. */
  readonly committed: bigint | null;
  readonly regions: ReadonlyMap<string, bigint>;
  /** See `CounterTotals`. */
  readonly generation: number;
  /** Hits in the logs held here that no adopted snapshot covers. */
  readonly pending: number;
  /** Of `pending`, hits that nobody can place any more, and those that were shown twice. */
  readonly unplaced: number;
}

/** Counters that metrics have. */
const LARGEST = 100;
/** Of them, those that a report of a loss names. */
const LARGEST_SEEN = 20;

const NO_TOTAL: CounterTotal = { regions: new Map(), generation: 0 };

/** Whether a node must forget the totals that it has: those that follow may come in any order. */
export function beginsCopy({ since, copy }: Pick<LedgerChange, "since" | "copy">): boolean {
  return since === null && copy !== undefined;
}

function isWhole({ since, copy }: LedgerChange): boolean {
  return since === null && copy === undefined;
}

/**
 * Every counter that this node knows: committed in the ledger, pending here, or both. Visitors see the sum.
 *
 * Totals are kept in `core/ledger/totals.ts`, and pending hits only for the counters that have any. So a node with a million counters takes
 * little more memory than their names.
 */
export class Counters {
  readonly #seed: string;
  #totals: Totals;
  #names = new SortedNames();
  readonly #pending = new PendingByCounter();
  readonly #new: NewNames;
  readonly #largest = new LargestCounters(LARGEST);
  readonly #seen: SeenNumbers;
  /** The copy of all totals that is under way; null: none is. `left`: pages of which this node has not heard. */
  #copy: { readonly left: number; readonly sum: bigint } | null = null;
  /** The newest adopted snapshot; null before the first. */
  ledger: LedgerPosition | null = null;
  adoptions: readonly Adoption[] = [];
  /**
   * Whether names may have parts. Nodes of the release 0.1.0 refuse a whole message for such a name, and cannot read a ledger that has one.
   * There is none of them beside a ledger of format 2 (docs/protocol.md, Convert).
   */
  takesParts = false;

  /**
   * `region`: where this node's own hits are counted. `reserved`: counters that need no part of the share. `seed`: 16 random hex digits, so
   * that nobody can choose names that slow the node down.
   */
  constructor(region: string, reserved: ReadonlySet<string> = new Set(), seed = "0".repeat(16)) {
    this.#new = new NewNames(region, reserved);
    this.#seed = seed;
    this.#totals = new Totals([], seed);
    this.#seen = new SeenNumbers(this.#pending, (counter) => this.#totals.get(counter)?.generation);
  }

  /** Takes over a snapshot's totals. It must not be older than the present one, and must begin at or before its version. */
  adopt(change: LedgerChange): void {
    const { ledger } = this;
    if (ledger?.id === change.ledger.id)
      invariant(ledger.version <= change.ledger.version, "totals never go back", ledger.version, change.ledger.version);
    const isOther = ledger?.id !== change.ledger.id;
    if (isOther || beginsCopy(change)) this.#forgetCommitted(isOther);
    for (const totals of change.totals) this.#setCommitted(totals);
    if (isWhole(change)) this.#forgetOthers(change.totals);
    this.#goOnWithCopy(change);
    this.ledger = change.ledger;
    this.adoptions = change.adoptions;
    this.takesParts = (change.format ?? 1) >= 2;
    this.#new.share(change.share, this.complete);
  }

  #goOnWithCopy({ since, copy }: LedgerChange): void {
    if (since === null) this.#copy = copy ? { left: copy.of, sum: copy.sum } : null;
    if (this.#copy === null || !copy) return;
    const left = this.#copy.left - copy.pages;
    this.#copy = left > 0 ? { left, sum: copy.sum } : null;
    if (left > 0) return;
    invariant(this.#totals.sum === copy.sum, "a copy is whole", this.#totals.sum, copy.sum);
    this.#seen.copied();
  }

  /** Whether this node has heard of all counters. If not, it does not know the total of one that it has not heard of. */
  get complete(): boolean {
    return this.ledger !== null && this.#copy === null;
  }

  /** Whether a copy of all totals is under way. */
  get copying(): boolean {
    return this.#copy !== null;
  }

  /** Whether hits of `counter` can be accepted: it exists, or it fits into this node's share of the ledger's free room. */
  admits(counter: string): boolean {
    return this.#exists(counter) || this.#new.admits(counter);
  }

  /** Whether a hit of `counter` was accepted here or committed anywhere: also a hit of this turn, whose counter has no state yet. */
  knows(counter: string): boolean {
    return this.#exists(counter) || this.#new.has(counter);
  }

  /**
   * Takes a place in the share before a hit or a visitor creates the counter, so that others find it taken meanwhile. True: `release` must be
   * called, once. False: the counter exists.
   */
  reserve(counter: string): boolean {
    if (this.#exists(counter)) return false;
    this.#new.hold(counter);
    return true;
  }

  /** The hit or visitor has ended. A counter that it did not create gives its place back, unless another one still may create it. */
  release(counter: string): void {
    if (this.#new.release(counter) && !this.#exists(counter)) this.#new.delete(counter);
  }

  /** Adds hits that no snapshot covers. Returns what the counter has now. */
  addPending(counter: string, by: number): Pick<CounterState, "committed" | "pending"> {
    const pending = this.#pending.get(counter) ?? this.#begin(counter);
    pending.count += by;
    return { committed: this.#committed(pending), pending: pending.count };
  }

  /** Adds hits of a log that a snapshot has compared with the ledger. */
  showPending(segments: readonly Segment[]): void {
    this.#seen.note(segments);
    for (const { counts } of segments) for (const [counter, by] of counts) this.addPending(counter, by);
  }

  /** Subtracts hits that a snapshot covers now. Throws BrokenInvariant if they were not pending. */
  removePending(segments: readonly Segment[]): void {
    this.#seen.remove(segments);
  }

  /**
   * These pending hits leave the page until another snapshot has placed them. Within one ledger the number stands still. With another one,
   * it steps back at once.
   */
  conceal(segments: readonly Segment[]): void {
    this.#seen.conceal(segments);
  }

  /** Nobody can place these pending hits any more. */
  setAside(segments: Iterable<Segment>): void {
    this.#seen.setAside(segments);
  }

  /**
   * Ends a snapshot. Hits that nobody can place leave a number as its total grows: taken away at once they would make it step back, and
   * kept they would be shown twice, if the ledger has them. The same goes for hits that were shown twice, because another holder of their
   * log was counted before this one offered them. A copy of all totals comes in parts: until a counter's part is there, it is not known how
   * much its total has grown.
   */
  settle(): void {
    this.#seen.settle({ copying: this.copying, adjustable: this.takesParts });
  }

  /** A counter's committed total; null: unknown. */
  committed(counter: string): bigint | null {
    const total = this.#totals.get(counter);
    return total ? totalOf([total.regions]) : this.#unheard;
  }

  /** See `CounterTotals`; 0 if this node has no total of it. */
  generationOf(counter: string): number {
    return this.#totals.get(counter)?.generation ?? 0;
  }

  get(counter: string): CounterState | undefined {
    const pending = this.#pending.get(counter);
    const total = this.#totals.get(counter);
    if (!pending && !total) return undefined;
    const { count = 0, unplaced = 0 } = pending ?? {};
    const committed = this.committed(counter);
    const { regions, generation } = total ?? NO_TOTAL;
    return { committed, regions, generation, pending: count, unplaced };
  }

  /** Up to `limit` committed counters after the name `after`, in order of their code units. */
  list(after: string, limit: number): CounterTotals[] {
    const page: CounterTotals[] = [];
    for (const counter of this.#names.after(after)) {
      if (page.length >= limit) break;
      page.push({ counter, ...(this.#totals.get(counter) ?? NO_TOTAL) });
    }
    return page;
  }

  /** What is committed of all counters; null before the first snapshot. */
  sum(): CommittedSum | null {
    const { sum, bytes } = this.#totals;
    return this.ledger === null ? null : { total: this.#copy?.sum ?? sum, bytes, largest: this.#largest.list };
  }

  /** The same as decimal digits for the report of a loss: JSON has no bigint. */
  seen(): { readonly total: string; readonly counters: Readonly<Record<string, string>> } | null {
    const sum = this.sum();
    if (sum === null) return null;
    const largest = sum.largest.slice(0, LARGEST_SEEN);
    const counters = largest.map(({ counter, committed }) => [counter, String(committed)]);
    return { total: String(sum.total), counters: Object.fromEntries(counters) };
  }

  #exists(counter: string): boolean {
    return this.#pending.get(counter) !== undefined || this.#totals.has(counter);
  }

  #begin(counter: string): PendingHits {
    const total = this.#totals.get(counter);
    if (!total) this.#new.add(counter);
    return this.#pending.begin(counter, total ? totalOf([total.regions]) : null);
  }

  #committed({ committed }: PendingHits): bigint | null {
    return committed ?? this.#unheard;
  }

  /** The committed total of a counter of which no snapshot has one. */
  get #unheard(): bigint | null {
    return this.complete ? 0n : null;
  }

  #setCommitted({ counter, regions, generation = 0 }: CounterTotals): void {
    const committed = totalOf([regions]);
    this.#seen.setCommitted(counter, regions.size === 0 ? null : committed);
    const { size } = this.#totals;
    if (regions.size === 0) this.#totals.delete(counter);
    else this.#totals.set(counter, { regions, generation });
    if (this.#totals.size > size) this.#names.add(counter);
    if (this.#totals.size < size) this.#names.delete(counter);
    this.#largest.set(counter, committed);
    if (regions.size > 0) this.#new.delete(counter);
  }

  /** `totals` are of all counters that exist: those that this node knows besides were deleted in versions of which it did not hear. */
  #forgetOthers(totals: readonly CounterTotals[]): void {
    if (this.#totals.size === totals.length) return;
    const existing = new Set(totals.map(({ counter }) => counter));
    for (const counter of [...this.#names.after("")])
      if (!existing.has(counter)) this.#setCommitted({ counter, ...NO_TOTAL });
  }

  /**
   * For a copy of all totals, and for the change to an adopted ledger (docs/protocol.md, Adopt): its totals replace all old ones, also of
   * counters that it lacks. `isOther`: see `SeenNumbers`.
   */
  #forgetCommitted(isOther: boolean): void {
    this.#seen.forgetCommitted(isOther);
    this.#totals = new Totals([], this.#seed);
    this.#names = new SortedNames();
    this.#largest.clear();
  }
}
