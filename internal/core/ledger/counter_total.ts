/** What is committed of one counter. */
export interface CounterTotal {
  readonly regions: ReadonlyMap<string, bigint>;
  /** Version that began this counter's present count; 0 if nobody knows it. Only a new generation may show less. */
  readonly generation: number;
}

/** Of one region. Stores and peers keep a total as an unsigned number of 64 bits. */
export const MAX_TOTAL = 2n ** 64n - 1n;

/** Region for the hits of all regions that the ledger has no room for. */
export const OTHER_REGION = "other";

/** A counter of format 2 gets no more regions above this size: some 300 counters share a page, and a page must fit a transaction. */
export const MAX_COUNTER_BYTES = 2_048;

/** Bytes of a region's total (up to 20 digits) and punctuation. */
const REGION_OVERHEAD = 24;
/** Bytes of a counter's punctuation. */
const COUNTER_OVERHEAD = 8;

/** Bytes that a new counter with hits from one region adds to the ledger. */
export function sizeOfNewCounter(counter: string, region: string): number {
  return counter.length + COUNTER_OVERHEAD + sizeOfRegion(region);
}

/** Bytes that one more region adds to a counter. */
export function sizeOfRegion(region: string): number {
  return region.length + REGION_OVERHEAD;
}

/** Upper bound on the bytes of one counter's totals in the store. */
export function sizeOfCounter(counter: string, regions: ReadonlyMap<string, bigint>): number {
  let bytes = counter.length + COUNTER_OVERHEAD;
  for (const region of regions.keys()) bytes += sizeOfRegion(region);
  return bytes;
}
