import { invariant } from "../../core/invariant.ts";
import { sizeOfNewCounter } from "../../core/ledger/counter_total.ts";
import { totalOf } from "../../core/ledger/ledger.ts";
import type { Adoption, CounterTotals, LedgerChange, Share } from "../../core/ledger/snapshot.ts";
import type { LedgerPosition, Segment } from "../../core/log/batch.ts";
import type { CommittedSum } from "../../ports/counting.ts";
import { LargestCounters } from "./largest_counters.ts";

/** One counter on this node: committed hits by the newest snapshot, and hits that it does not cover yet. */
interface CounterState {
  committed: bigint;
  regions: ReadonlyMap<string, bigint>;
  /** Hits in the logs held here that no adopted snapshot covers. Invariant: pending >= 0. */
  pending: number;
  /** Of `pending`, hits that nobody can place any more. Invariant: unplaced <= pending. */
  unplaced: number;
}

/**
 * A node's share before its first snapshot. It is small: a thousand nodes may use it at once, and their counters must still fit the ledger.
 */
const FIRST_SHARE: Share = { counters: 16, bytes: 1024 };

/** Counters that the cluster's summary and a report of a loss name. */
const LARGEST = 20;

/**
 * Every counter that this node knows: committed in the ledger, pending here, or both. Visitors see the sum.
 *
 * A new counter must fit the ledger, and only the leader knows its size. So each snapshot gives each node a share of the free room, and
 * `admits` refuses a new name that does not fit into it (`core/ledger/ledger_size.ts`). Reserved names always fit: shares leave their room out.
 */
export class Counters {
  readonly #states = new Map<string, CounterState>();
  readonly #region: string;
  readonly #reserved: ReadonlySet<string>;
  #names: string[] | null = [];
  /** Bytes of each counter that uses a place in the share: no snapshot has it yet. */
  #introduced = new Map<string, number>();
  #share = FIRST_SHARE;
  /** Invariant: the sum of `committed` over all counters. */
  #total = 0n;
  readonly #largest = new LargestCounters(LARGEST);
  /** What people saw before the snapshot that is being adopted, where it changed. */
  readonly #seenBefore = new Map<CounterState, bigint>();
  /** The newest adopted snapshot; null before the first. */
  ledger: LedgerPosition | null = null;
  adoptions: readonly Adoption[] = [];

  /** `region`: where this node's own hits are counted. `reserved`: counters that need no part of the share. */
  constructor(region: string, reserved: ReadonlySet<string> = new Set()) {
    this.#region = region;
    this.#reserved = reserved;
  }

  /** Takes over a snapshot's totals. It must not be older than the present one, and must begin at or before its version. */
  adopt(change: LedgerChange): void {
    const { ledger } = this;
    if (ledger?.id !== change.ledger.id) this.#forgetCommitted();
    else
      invariant(ledger.version <= change.ledger.version, "totals never go back", ledger.version, change.ledger.version);
    for (const totals of change.totals) this.#setCommitted(totals);
    this.ledger = change.ledger;
    this.adoptions = change.adoptions;
    this.#share = change.share;
  }

  /** Whether hits of `counter` can be accepted: it exists, or it fits into this node's share of the ledger's free room. */
  admits(counter: string): boolean {
    if (this.#states.has(counter) || this.#introduced.has(counter) || this.#reserved.has(counter)) return true;
    const bytes = sizeOfNewCounter(counter, this.#region);
    let used = 0;
    for (const size of this.#introduced.values()) used += size;
    return this.#introduced.size < this.#share.counters && used + bytes <= this.#share.bytes;
  }

  /** Whether a hit of `counter` was accepted here or committed anywhere: also a hit of this turn, whose counter has no state yet. */
  knows(counter: string): boolean {
    return this.#states.has(counter) || this.#introduced.has(counter);
  }

  /** Takes a place in the share before the counter's first hit is written, so that other hits of the same turn find it taken. */
  reserve(counter: string): void {
    if (!this.#states.has(counter)) this.#introduce(counter);
  }

  /** Gives the place back after the hit was refused. */
  release(counter: string): void {
    if (!this.#states.has(counter)) this.#introduced.delete(counter);
  }

  /** Adds hits that no snapshot covers. */
  addPending(counter: string, by: number): CounterState {
    let state = this.#states.get(counter);
    if (!state) {
      state = { committed: 0n, regions: new Map(), pending: 0, unplaced: 0 };
      this.#states.set(counter, state);
      this.#introduce(counter);
    }
    state.pending += by;
    return state;
  }

  /** Subtracts hits that a snapshot covers now. Throws BrokenInvariant if they were not pending. */
  removePending(segments: Iterable<Segment>): void {
    for (const { counts } of segments) {
      for (const [counter, by] of counts) {
        const state = this.#states.get(counter);
        invariant(
          state !== undefined && state.pending >= by,
          "a snapshot covers only what is pending",
          state?.pending,
          by,
        );
        state.pending -= by;
      }
    }
  }

  /** Nobody can place these pending hits any more. */
  setAside(segments: Iterable<Segment>): void {
    for (const { counts } of segments)
      for (const [counter, by] of counts) {
        const state = this.#states.get(counter);
        if (state) state.unplaced += by;
      }
  }

  /**
   * Ends a snapshot. Hits that nobody can place leave a number as its total grows: taken away at once they would make it step back, and
   * kept they would be shown twice, if the ledger has them.
   */
  settle(): void {
    for (const [state, before] of this.#seenBefore) {
      const above = Number(state.committed + BigInt(state.pending) - before);
      const leaving = Math.max(0, Math.min(state.unplaced, above));
      state.pending -= leaving;
      state.unplaced -= leaving;
    }
    this.#seenBefore.clear();
  }

  get(counter: string): CounterState | undefined {
    return this.#states.get(counter);
  }

  /** Up to `limit` committed counters after the name `after`, in order of their code units. */
  list(after: string, limit: number): CounterTotals[] {
    this.#names ??= [...this.#states]
      .filter(([, state]) => state.regions.size > 0)
      .map(([name]) => name)
      .sort();
    const names = this.#names;
    const page = names.slice(firstAfter(names, after)).slice(0, limit);
    return page.map((counter) => ({ counter, regions: this.#states.get(counter)?.regions ?? new Map() }));
  }

  /** The sum of all committed hits, and the largest counters; null before the first snapshot. */
  sum(): CommittedSum | null {
    return this.ledger === null ? null : { total: this.#total, largest: this.#largest.list };
  }

  /** The same as decimal digits for the report of a loss: JSON has no bigint. */
  seen(): { readonly total: string; readonly counters: Readonly<Record<string, string>> } | null {
    const sum = this.sum();
    if (sum === null) return null;
    const counters = sum.largest.map(({ counter, committed }) => [counter, String(committed)]);
    return { total: String(sum.total), counters: Object.fromEntries(counters) };
  }

  #introduce(counter: string): void {
    if (!this.#reserved.has(counter)) this.#introduced.set(counter, sizeOfNewCounter(counter, this.#region));
  }

  #setCommitted({ counter, regions }: CounterTotals): void {
    const committed = totalOf([regions]);
    const state = this.#states.get(counter);
    if (!state || state.regions.size === 0) this.#names = null;
    this.#total += committed - (state?.committed ?? 0n);
    this.#largest.set(counter, committed);
    if (state && state.pending > 0 && !this.#seenBefore.has(state))
      this.#seenBefore.set(state, state.committed + BigInt(state.pending));
    if (state) Object.assign(state, { committed, regions });
    else this.#states.set(counter, { committed, regions, pending: 0, unplaced: 0 });
    this.#introduced.delete(counter);
  }

  /** For the change to an adopted ledger (docs/protocol.md, Adopt): its totals replace all old ones, also of counters that it lacks. */
  #forgetCommitted(): void {
    this.#names = null;
    this.#total = 0n;
    this.#largest.clear();
    for (const state of this.#states.values()) Object.assign(state, { committed: 0n, regions: new Map() });
  }
}

/** Index of the first of the sorted `names` that is greater than `after`. */
function firstAfter(names: readonly string[], after: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] as string) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
