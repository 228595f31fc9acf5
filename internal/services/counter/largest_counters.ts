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

  /** Takes the newest total of a counter. Cheap for the many that are not among the largest: a snapshot may have 100,000. */
  set(counter: string, committed: bigint): void {
    const total = { counter, committed };
    const smallest = this.#largest[this.#most - 1];
    if (committed === 0n || (smallest && inOrder(smallest, total) < 0)) return;
    const others = this.#largest.filter((other) => other.counter !== counter);
    const at = others.findIndex((other) => inOrder(total, other) < 0);
    this.#largest = others.toSpliced(at === -1 ? others.length : at, 0, total).slice(0, this.#most);
  }

  /** For another ledger, whose totals have nothing to do with those before. */
  clear(): void {
    this.#largest = [];
  }
}

function inOrder(a: CommittedTotal, b: CommittedTotal): number {
  if (a.committed !== b.committed) return a.committed > b.committed ? -1 : 1;
  return a.counter < b.counter ? -1 : 1;
}
