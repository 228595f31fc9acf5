import { invariant } from "../invariant.ts";

/** Hits by counter name. Invariant: every value is a positive integer. */
export type Counts = Map<string, number>;
export type ReadonlyCounts = ReadonlyMap<string, number>;

/** Adds `by` hits of `counter` to `counts`. Throws BrokenInvariant unless `by` is a positive integer. */
export function addHits(counts: Counts, counter: string, by: number): void {
  invariant(Number.isSafeInteger(by) && by > 0, "hits are a positive integer", counter, by);
  counts.set(counter, (counts.get(counter) ?? 0) + by);
}

/** Adds everything in `more` to `counts`. */
export function addCounts(counts: Counts, more: ReadonlyCounts): void {
  for (const [counter, by] of more) addHits(counts, counter, by);
}

/** The number of hits in `counts`, over all counters. */
export function sumOf(counts: ReadonlyCounts): number {
  let sum = 0;
  for (const by of counts.values()) sum += by;
  return sum;
}
