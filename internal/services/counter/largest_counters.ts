import type { CommittedTotal } from "../../ports/counting.ts";

/**
 * The counters with the most committed hits. They are kept up to date while totals arrive, so that a read need not sort all counters.
 * A counter becomes one of the largest only by a new total of its own. So one that leaves them is replaced when another grows.
 */
export class LargestCounters {
  readonly #most: number;
  /** Largest first; equal ones by name. Invariant: at most `most` of them. */
  #largest: CommittedTotal[] = [];
  /** Invariant: those in `#largest`. */
  readonly #totals = new Map<string, CommittedTotal>();

  /** `most`: how many counters it keeps. */
  constructor(most: number) {
    this.#most = most;
  }

  get list(): readonly CommittedTotal[] {
    return this.#largest;
  }

  has(counter: string): boolean {
    return this.#totals.has(counter);
  }

  /** Takes the newest total of a counter. This is cheap for a counter that is not among the largest: a snapshot may have 100,000. */
  set(counter: string, committed: bigint): void {
    const total = { counter, committed };
    const before = this.#totals.get(counter);
    if (before) this.#remove(before);
    const smallest = this.#largest[this.#most - 1];
    if (committed === 0n || (smallest && inOrder(smallest, total) < 0)) return;
    this.#largest = this.#largest.toSpliced(this.#placeOf(total), 0, total);
    this.#totals.set(counter, total);
    if (this.#largest.length > this.#most) this.#remove(this.#largest.at(-1) as CommittedTotal);
  }

  /** Forgets all totals. Call when another ledger follows. */
  clear(): void {
    this.#largest = [];
    this.#totals.clear();
  }

  #remove(total: CommittedTotal): void {
    this.#largest = this.#largest.toSpliced(this.#placeOf(total), 1);
    this.#totals.delete(total.counter);
  }

  /** Index of the first that does not come before `total`. */
  #placeOf(total: CommittedTotal): number {
    let low = 0;
    let high = this.#largest.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (inOrder(this.#largest[middle] as CommittedTotal, total) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function inOrder(a: CommittedTotal, b: CommittedTotal): number {
  if (a.committed !== b.committed) return a.committed > b.committed ? -1 : 1;
  return a.counter < b.counter ? -1 : a.counter > b.counter ? 1 : 0;
}
