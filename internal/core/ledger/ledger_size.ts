import { OTHER_REGION, sizeOfNewCounter } from "./counter_total.ts";
import type { Ledger } from "./ledger.ts";
import type { Share } from "./snapshot.ts";

/** Limits of a ledger's size. They are enforced where a counter's first hit is admitted, because an acknowledged hit can never be refused. */
export interface LedgerLimits {
  /** Maximum number of counters. */
  readonly counters: number;
  /** Maximum bytes of names, regions and totals. It keeps every round within one etcd transaction (1.5 MiB by default). */
  readonly bytes: number;
  /** Bytes of rounds that are kept before any round must fold pages. Default: `FREE_LOG_BYTES`. */
  readonly log?: number;
  /** Counters that always have a place below these limits. No node gives it to another name. */
  readonly reserved: ReadonlySet<string>;
}

/** Largest size of the counters' names and totals in the ledger: a round must fit into one etcd transaction. */
export const LEDGER_BYTES = 1 << 20;
/** Largest part of it that reserved counters may take. The rest is for their regions, and for other counters. */
export const MAX_RESERVED_BYTES = LEDGER_BYTES / 2;

/** Bytes that reserved counters take at least once each of them was counted. */
export function sizeOfReserved(names: Iterable<string>): number {
  let bytes = 0;
  for (const name of names) bytes += sizeOfNewCounter(name, OTHER_REGION);
  return bytes;
}

/**
 * What each of `nodes` nodes may add before the next snapshot.
 *
 * A node that is cut off keeps its last share, and later shares do not know how much of it was used. Such shares may push the number of
 * counters past its limit. Bytes must fit a transaction, so only a third of those that are free is given out at a time.
 */
export function shareOf({ totals }: Pick<Ledger, "totals">, limits: LedgerLimits, nodes: number): Share {
  const absent = [...limits.reserved].filter((name) => !totals.has(name));
  const counters = Math.max(0, limits.counters - totals.size - absent.length);
  const bytes = Math.max(0, limits.bytes - totals.bytes - sizeOfReserved(absent));
  return { counters: Math.ceil(counters / Math.max(1, nodes)), bytes: Math.floor(bytes / (3 * Math.max(1, nodes))) };
}
