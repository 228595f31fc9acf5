import type { CommittedTotal } from "../../ports/counting.ts";

/**
 * The counters with the most committed hits, kept while totals arrive, so that nobody has to sort all counters to ask for them.
 * Totals of one ledger only grow. So a counter that is not among the largest comes among them only by a new total of its own.
 */
export class LargestCounters {
  readonly #most: number;
  /** The largest first; equal ones by name. */
  #largest: CommittedTotal[] = [];

  /** `most`: how many counters it keeps. */
  constructor(most: number) {
    this.#most = most;
  }

  get list(): readonly CommittedTotal[] {
    return this.#largest;
  }

  /** Takes the newest total of a counter. */
  set(counter: string, committed: bigint): void {
    const smallest = this.#largest[this.#most - 1];
    if (committed === 0n || (smallest && committed < smallest.committed)) return;
    const others = this.#largest.filter((other) => other.counter !== counter);
    this.#largest = [...others, { counter, committed }].sort(inOrder).slice(0, this.#most);
  }

  /** Another ledger begins: its totals owe nothing to those of the one before. */
  clear(): void {
    this.#largest = [];
  }
}

function inOrder(a: CommittedTotal, b: CommittedTotal): number {
  if (a.committed !== b.committed) return a.committed > b.committed ? -1 : 1;
  return a.counter < b.counter ? -1 : 1;
}
