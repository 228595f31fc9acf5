import { sizeOfCounter } from "../../core/ledger/counter_total.ts";
import type { CounterTotals } from "../../core/ledger/snapshot.ts";
import type { Counting } from "../../ports/counting.ts";

export interface LargestTotal {
  readonly counter: string;
  /** Committed hits in all regions. Prometheus stores a double, which is exact up to 2^53. */
  readonly total: number;
}

/** Each counter is a time series in Prometheus. Ten thousand from one cluster would be too many. */
const MAX_SERIES = 100;
const PAGE_LENGTH = 1000;

/** The largest committed totals, largest first. */
export function largestTotals(counting: Counting): readonly LargestTotal[] {
  let largest: LargestTotal[] = [];
  for (const page of pages(counting)) {
    largest = [...largest, ...page.map(totalOf)].sort(largestFirst).slice(0, MAX_SERIES);
  }
  return largest;
}

/** Upper bound of the bytes that all committed totals take in the store. */
export function bytesOfTotals(counting: Counting): number {
  let bytes = 0;
  for (const page of pages(counting)) {
    for (const { counter, regions } of page) bytes += sizeOfCounter(counter, regions);
  }
  return bytes;
}

function* pages(counting: Counting): Iterable<readonly CounterTotals[]> {
  for (let page = counting.list("", PAGE_LENGTH); page.length > 0; page = counting.list(lastName(page), PAGE_LENGTH))
    yield page;
}

function lastName(page: readonly CounterTotals[]): string {
  return page.at(-1)?.counter ?? "";
}

function totalOf({ counter, regions }: CounterTotals): LargestTotal {
  let total = 0n;
  for (const hits of regions.values()) total += hits;
  return { counter, total: Number(total) };
}

function largestFirst(a: LargestTotal, b: LargestTotal): number {
  return b.total - a.total || (a.counter < b.counter ? -1 : 1);
}
