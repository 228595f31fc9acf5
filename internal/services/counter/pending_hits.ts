import { invariant } from "../../core/invariant.ts";
import type { Segment } from "../../core/log/batch.ts";

/** One counter's hits in the logs held here that no adopted snapshot covers. */
export interface PendingHits {
  /** Invariant: count >= 0. */
  count: number;
  /** Of `count`, hits that nobody can place any more, and those that were shown twice. Invariant: unplaced <= count. */
  unplaced: number;
  /** The counter's committed total; null: no snapshot had one. It is kept here because each hit is answered with it. */
  committed: bigint | null;
  /**
   * What people saw before the snapshot, or the copy of all totals, that is being adopted; null: it has not changed this counter.
   * `generation`: null if this node had no total.
   */
  before: { readonly committed: bigint; readonly count: number; readonly generation: number | null } | null;
}

/** Parts of the map. A `Map` that grows past 500,000 entries stops the event loop for 46 ms, and while the store is away all counters may be here. */
const PARTS = 64;

/** The counters with pending hits, and those that are known only from logs. */
export class PendingByCounter {
  readonly #parts: readonly Map<string, PendingHits>[] = Array.from({ length: PARTS }, () => new Map());

  get(counter: string): PendingHits | undefined {
    return this.#part(counter).get(counter);
  }

  /** Adds a counter that is not here. */
  begin(counter: string, committed: bigint | null): PendingHits {
    const pending = { count: 0, unplaced: 0, committed, before: null };
    this.#part(counter).set(counter, pending);
    return pending;
  }

  delete(counter: string): void {
    this.#part(counter).delete(counter);
  }

  *[Symbol.iterator](): Iterator<[string, PendingHits]> {
    for (const part of this.#parts) yield* part;
  }

  /** Subtracts hits that a snapshot covers now. Throws BrokenInvariant if they were not pending. */
  subtract(segments: readonly Segment[]): void {
    for (const { counts } of segments) {
      for (const [counter, by] of counts) {
        const pending = this.get(counter);
        const placed = pending ? pending.count - pending.unplaced : undefined;
        invariant(
          pending !== undefined && placed !== undefined && placed >= by,
          "a snapshot covers only what is pending",
          placed,
          by,
        );
        pending.count -= by;
      }
    }
  }

  #part(counter: string): Map<string, PendingHits> {
    // The last two characters: names that programs make often begin alike.
    const end = counter.length - 1;
    const at = counter.charCodeAt(end) * 31 + (end > 0 ? counter.charCodeAt(end - 1) : 0);
    return this.#parts[at % PARTS] as Map<string, PendingHits>;
  }
}
