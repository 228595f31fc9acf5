import type { CommittedTotal } from "../../ports/counting.ts";

/**
 * The counters with the most committed hits. They are kept up to date while totals arrive, so that a read need not sort all counters.
 * Totals of one ledger only grow, so a counter becomes one of the largest only by a new total of its own.
 */
export class LargestCounters {
  readonly #most: number;
  /** Largest first; equal ones by name. Invariant: at most `most` of them. */
  #largest: CommittedTotal[] = [];

  /** `most`: how many counters it keeps. */
  constructor(most: number) {
    this.#most = most;
  }

  get list(): readonly CommittedTotal[] {
    return this.#largest;
  }

  /** Takes the newest total of a counter. This is cheap for a counter that is not among the largest: a snapshot may have 100,000. */
  set(counter: string, committed: bigint): void {
    const total = { counter, committed };
    const smallest = this.#largest[this.#most - 1];
    if (committed === 0n || (smallest && inOrder(smallest, total) < 0)) return;
    const others = this.#largest.filter((other) => other.counter !== counter);
    const at = others.findIndex((other) => inOrder(total, other) < 0);
    this.#largest = others.toSpliced(at === -1 ? others.length : at, 0, total).slice(0, this.#most);
  }

  /** Forgets all totals. Call when another ledger follows. */
  clear(): void {
    this.#largest = [];
  }
}

function inOrder(a: CommittedTotal, b: CommittedTotal): number {
  if (a.committed !== b.committed) return a.committed > b.committed ? -1 : 1;
  return a.counter < b.counter ? -1 : 1;
}
