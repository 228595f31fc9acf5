import { MAX_NAME_LENGTH } from "../names.ts";
import { OTHER_REGION, sizeOfNewCounter } from "./counter_total.ts";
import type { Ledger } from "./ledger.ts";
import type { Share } from "./snapshot.ts";

/** Limits of a ledger's size. They are enforced where a counter's first hit is admitted, because an acknowledged hit can never be refused. */
export interface LedgerLimits {
  /** Maximum number of counters. */
  readonly counters: number;
  /** Maximum bytes of names, regions and totals in format 1, whose rounds write whole buckets: they must fit one etcd transaction. */
  readonly bytes: number;
  /** Bytes of rounds that are kept before any round must fold pages. Default: `FREE_LOG_BYTES`. */
  readonly log?: number;
  /** Bytes that hits by hour may take. Default: `DAYS_BYTES`. */
  readonly days?: number;
  /** Counters that always have a place below these limits. No node gives it to another name. */
  readonly reserved: ReadonlySet<string>;
}

/** Largest size of the counters' names and totals in a ledger of format 1: a round must fit into one etcd transaction. */
export const LEDGER_BYTES = 1 << 20;
/** Largest part of it that reserved counters may take. The rest is for their regions, and for other counters. */
export const MAX_RESERVED_BYTES = LEDGER_BYTES / 2;

/** Bytes that hits by hour may take, in the store and in each node's memory. */
export const DAYS_BYTES = 32 << 20;

/** Longest name of a region (`core/cluster/member_fields.ts`). */
const MAX_REGION_LENGTH = 64;
/** Bytes of a new counter with the longest name and region. */
const MAX_NEW_COUNTER_BYTES = sizeOfNewCounter("x".repeat(MAX_NAME_LENGTH), "x".repeat(MAX_REGION_LENGTH));

/** Share of the store's space from which on no counters are added. Those that exist still need some: a store without space commits nothing. */
export const NO_NEW_COUNTERS_FROM = 0.8;

/** Bytes that reserved counters take at least once each of them was counted. */
export function sizeOfReserved(names: Iterable<string>): number {
  let bytes = 0;
  for (const name of names) bytes += sizeOfNewCounter(name, OTHER_REGION);
  return bytes;
}

/**
 * What each of `nodes` nodes may add before the next snapshot. `admitsCounters`: whether the store has space for new counters.
 *
 * A node that is cut off keeps its last share, and later shares do not know how much of it was used. Such shares may push the number of
 * counters past its limit. In format 1, bytes must fit a transaction, so only a third of those that are free is given out at a time. In
 * format 2 only the number of counters is limited.
 */
export function shareOf(
  { totals, layout }: Pick<Ledger, "totals" | "layout">,
  limits: LedgerLimits,
  nodes: number,
  admitsCounters = true,
): Share {
  const absent = [...limits.reserved].filter((name) => !totals.has(name));
  const left = admitsCounters ? Math.max(0, limits.counters - totals.size - absent.length) : 0;
  const counters = Math.ceil(left / Math.max(1, nodes));
  if (layout) return { counters, bytes: counters * MAX_NEW_COUNTER_BYTES };
  const bytes = Math.max(0, limits.bytes - totals.bytes - sizeOfReserved(absent));
  return { counters, bytes: Math.floor(bytes / (3 * Math.max(1, nodes))) };
}
