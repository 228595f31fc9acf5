import type { Segment } from "../../core/log/batch.ts";
import type { PendingByCounter, PendingHits } from "./pending_hits.ts";

/** What decides whether a number may step back. */
export interface SettleTerms {
  /** Whether a copy of all totals is under way. Until a counter's part is there, it is not known how much its total has grown. */
  readonly copying: boolean;
  /** Whether people can set and delete counters of this ledger: in format 1 nobody can. */
  readonly adjustable: boolean;
}

/**
 * What people saw of each counter, and so what it may show next. Within one ledger a number never steps back, unless a person set it: where
 * pending hits turn out to be counted already, or to have no place, it stands still until its total has grown as much. The numbers of
 * another ledger may step back at once.
 *
 * A snapshot is taken in several steps, which `settle` ends. `Counters` has the totals.
 */
export class SeenNumbers {
  readonly #pending: PendingByCounter;
  readonly #generationOf: (counter: string) => number | undefined;
  /** Counters that the snapshot which is being adopted changed. */
  readonly #changed = new Map<string, PendingHits>();
  /** Whether that snapshot brought another ledger: then numbers may step back. */
  #mayFall = false;
  /** Counters of which that snapshot covers hits. */
  readonly #covered = new Set<string>();

  /** `generationOf`: of a counter's total; undefined if there is no such counter. */
  constructor(pending: PendingByCounter, generationOf: (counter: string) => number | undefined) {
    this.#pending = pending;
    this.#generationOf = generationOf;
  }

  /** Call before hits of these segments are added, as pending. */
  note(segments: readonly Segment[]): void {
    for (const { counts } of segments)
      for (const counter of counts.keys()) {
        const pending = this.#pending.get(counter);
        if (pending) this.#noteChange(counter, pending);
      }
  }

  /** See `Counters.removePending`. */
  remove(segments: readonly Segment[]): void {
    this.note(segments);
    this.#pending.subtract(segments);
    for (const { counts } of segments) for (const counter of counts.keys()) this.#covered.add(counter);
  }

  /** See `Counters.conceal`. */
  conceal(segments: readonly Segment[]): void {
    this.note(segments);
    if (this.#mayFall) this.#pending.subtract(segments);
    else this.setAside(segments);
  }

  /** See `Counters.setAside`. */
  setAside(segments: Iterable<Segment>): void {
    for (const { counts } of segments)
      for (const [counter, by] of counts) {
        const pending = this.#pending.get(counter);
        if (pending) pending.unplaced += by;
      }
  }

  /** Call before the counter's total changes. `committed`: the new one; null: there will be none. */
  setCommitted(counter: string, committed: bigint | null): void {
    const pending = this.#pending.get(counter);
    if (!pending) return;
    if (pending.count === 0) this.#covered.add(counter);
    if (pending.count > 0 || pending.before) this.#noteChange(counter, pending);
    pending.committed = committed;
  }

  /**
   * Call before all totals are forgotten. `isOther`: for another ledger. What people saw is no measure for its totals, and nothing need stand
   * still for it.
   */
  forgetCommitted(isOther: boolean): void {
    for (const [counter, pending] of this.#pending) {
      if (isOther) forgetUnplaced(pending);
      else if (pending.committed !== null) pending.before ??= this.#seenOf(counter, pending);
      pending.committed = null;
    }
    if (isOther) this.#mayFall = true;
  }

  /** A copy of all totals is there. */
  copied(): void {
    for (const [counter, pending] of this.#pending) if (pending.before) this.#changed.set(counter, pending);
  }

  /** See `Counters.settle`. */
  settle({ copying, adjustable }: SettleTerms): void {
    for (const [counter, pending] of this.#changed)
      if (pending.committed !== null || !copying) this.#settle(counter, pending, adjustable);
    this.#changed.clear();
    this.#mayFall = false;
    for (const counter of this.#covered) {
      const pending = this.#pending.get(counter);
      // Without a total, its name is known only here.
      if (pending?.count === 0 && pending.committed !== null) this.#pending.delete(counter);
    }
    this.#covered.clear();
  }

  #settle(counter: string, pending: PendingHits, adjustable: boolean): void {
    const { before } = pending;
    if (before === null) return;
    pending.before = null;
    const isNew = before.generation === null;
    // A person set the number, or deleted the counter: nothing stands still for the number that there was.
    if (adjustable && !isNew && this.#generationOf(counter) !== before.generation) return forgetUnplaced(pending);
    const above = Number((pending.committed ?? 0n) - before.committed) + pending.count - before.count;
    // Of a counter that had no total, hits may have been counted and deleted since.
    if (above < 0 && (this.#mayFall || (adjustable && isNew))) return;
    const leaving = Math.min(pending.unplaced, above);
    pending.count -= leaving;
    pending.unplaced -= leaving;
  }

  /** Call before it changes. */
  #noteChange(counter: string, pending: PendingHits): void {
    this.#changed.set(counter, pending);
    pending.before ??= this.#seenOf(counter, pending);
  }

  #seenOf(counter: string, { committed, count }: PendingHits): NonNullable<PendingHits["before"]> {
    return { committed: committed ?? 0n, count, generation: this.#generationOf(counter) ?? null };
  }
}

function forgetUnplaced(pending: PendingHits): void {
  pending.before = null;
  pending.count -= pending.unplaced;
  pending.unplaced = 0;
}
