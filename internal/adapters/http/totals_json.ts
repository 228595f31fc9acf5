import type { CounterTotals } from "../../core/ledger/snapshot.ts";
import type { CounterReading, CounterValue } from "../../ports/counting.ts";

const LARGEST_NUMBER = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A total in JSON: a number up to 2^53 - 1, and beyond that a string of decimal digits, because most JSON parsers would silently round
 * such a number. Null while it is unknown. `BigInt(x)` in JavaScript and `int(x)` in Python read both.
 */
export type TotalJson = number | string | null;

export function totalJson(total: bigint | null): TotalJson {
  if (total === null) return null;
  return total <= LARGEST_NUMBER ? Number(total) : String(total);
}

/** The same as JSON text. */
export function totalText(total: bigint | null): string {
  if (total === null) return "null";
  return total <= LARGEST_NUMBER ? String(total) : `"${total}"`;
}

export interface ValueJson {
  readonly counter: string;
  readonly value: TotalJson;
  readonly committed: TotalJson;
  readonly pending: number;
}

export interface ReadingJson extends ValueJson {
  readonly regions: Readonly<Record<string, TotalJson>>;
  /** The version that began the present count: for If-Match. 0: nobody knows it, or nothing is committed. */
  readonly generation: number;
  readonly version: number | null;
  /** ISO 8601, or null before the first snapshot. */
  readonly asOf: string | null;
}

export function valueJson({ counter, value, committed, pending }: CounterValue): ValueJson {
  return { counter, value: totalJson(value), committed: totalJson(committed), pending };
}

export function readingJson(reading: CounterReading): ReadingJson {
  const { regions, generation, version, asOf } = reading;
  return { ...valueJson(reading), regions: regionsJson(regions), generation, version, asOf: timeJson(asOf) };
}

/** The committed totals of a counter. */
export interface TotalsJson {
  readonly counter: string;
  readonly committed: TotalJson;
  readonly regions: Readonly<Record<string, TotalJson>>;
}

/** A page of the list of counters. */
export interface CountersJson {
  readonly counters: readonly TotalsJson[];
  /** `after` of the next page; null: this is the last one. */
  readonly next: string | null;
  /** Ledger version of the totals: pages of one version belong together. Null before the first snapshot. */
  readonly version: number | null;
}

export function totalsJson({ counter, regions }: CounterTotals): TotalsJson {
  let committed = 0n;
  for (const total of regions.values()) committed += total;
  return { counter, committed: totalJson(committed), regions: regionsJson(regions) };
}

function regionsJson(regions: ReadonlyMap<string, bigint>): Record<string, TotalJson> {
  // People choose the names of regions: `__proto__` must not become a prototype.
  return Object.fromEntries([...regions].map(([region, total]) => [region, totalJson(total)]));
}

/** Wall-clock milliseconds in ISO 8601. Null for null and for 0, which means never. */
export function timeJson(wall: number | null): string | null {
  return wall === null || wall === 0 ? null : new Date(wall).toISOString();
}
