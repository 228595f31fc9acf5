import type { Ledger } from "../../core/ledger/ledger.ts";
import type { CopyPart, CounterTotals } from "../../core/ledger/snapshot.ts";
import { PAGES } from "../../core/ledger/totals.ts";
import type { CopyProgress } from "./follower.ts";

export interface CopyLimits {
  /** A part ends with the page that makes it as large as this. A ledger with no more counters is sent whole. */
  readonly countersInPart: number;
}

/**
 * A node takes 2 milliseconds to decode and adopt so many counters, and answers no hit meanwhile. The first parts take ten times as long, on the
 * node and on the leader, because nothing is compiled yet.
 */
export const COPY_LIMITS: CopyLimits = { countersInPart: 200 };

/** Pages of a ledger, for all nodes whose copies are at the same page. */
export interface Part {
  readonly copy: CopyPart;
  readonly totals: readonly CounterTotals[];
}

/** A part without pages: it says the sum, and that the copy goes on. */
export function noPart({ totals }: Ledger): Part {
  return { copy: { first: 0, pages: 0, of: PAGES, sum: totals.sum }, totals: [] };
}

/** The pages from `at` on, until they have `most` counters; at least one page, and at most all. */
export function partFrom({ totals }: Ledger, at: number, most: number): Part {
  const copied: CounterTotals[] = [];
  let pages = 0;
  do {
    for (const [counter, total] of totals.counters((at + pages) % PAGES)) copied.push({ counter, ...total });
    pages++;
  } while (copied.length < most && pages < PAGES);
  return { copy: { first: at, pages, of: PAGES, sum: totals.sum }, totals: copied };
}

/** The progress of a copy after a part; null: it is whole. */
export function after({ next, left, seed }: CopyProgress, { pages }: CopyPart): CopyProgress | null {
  return left > pages ? { next: (next + pages) % PAGES, left: left - pages, seed } : null;
}
