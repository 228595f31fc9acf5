import type { Ledger } from "./ledger.ts";
import type { Share } from "./snapshot.ts";

/** What a ledger may grow to. An acknowledged hit can never be refused, so names are counted when they are admitted. */
export interface LedgerLimits {
  /** Most counters. */
  readonly counters: number;
  /** Most bytes that names, regions and totals may take, so that any round fits one etcd transaction (1.5 MiB by default). */
  readonly bytes: number;
}

/** Bytes that a region's name, total and punctuation take beside its own length; totals have up to 20 digits. */
const REGION_OVERHEAD = 24;
const COUNTER_OVERHEAD = 8;

/** Bytes that a counter counted in one region adds to the ledger. */
export function sizeOfNewCounter(counter: string, region: string): number {
  return counter.length + COUNTER_OVERHEAD + sizeOfRegion(region);
}

/** Bytes that one more region adds to a counter. */
export function sizeOfRegion(region: string): number {
  return region.length + REGION_OVERHEAD;
}

/** Bytes that the totals of a ledger take in the store, at most. */
export function sizeOfTotals(ledger: Ledger): number {
  let bytes = 0;
  for (const [counter, regions] of ledger.totals) bytes += sizeOfCounter(counter, regions);
  return bytes;
}

/** Bytes that one counter's totals take in the store, at most. */
export function sizeOfCounter(counter: string, regions: ReadonlyMap<string, bigint>): number {
  let bytes = counter.length + COUNTER_OVERHEAD;
  for (const region of regions.keys()) bytes += sizeOfRegion(region);
  return bytes;
}

/**
 * What each of `nodes` nodes may introduce before the next snapshot. A node that is cut off keeps the share that it heard of, and later
 * shares do not know what it did with it: the number of counters may pass its limit by such shares, but bytes, which must fit a
 * transaction, are given out a third at a time.
 */
export function shareOf(ledger: Ledger, size: number, limits: LedgerLimits, nodes: number): Share {
  const counters = Math.max(0, limits.counters - ledger.totals.size);
  const bytes = Math.max(0, limits.bytes - size);
  return { counters: Math.ceil(counters / Math.max(1, nodes)), bytes: Math.floor(bytes / (3 * Math.max(1, nodes))) };
}
