import fc from "fast-check";
import { emptyLedger, type Ledger } from "../../internal/core/ledger/ledger.ts";
import { Totals } from "../../internal/core/ledger/totals.ts";
import type { Batch, LedgerRef, SourceId } from "../../internal/core/log/batch.ts";
import { addHits, type Counts } from "../../internal/core/log/counts.ts";

export const LEDGER_ID = "00000000000000ff";
export const NOTE: LedgerRef = { id: LEDGER_ID, version: 1 };

/** The `n`-th source id. */
export function source(n: number): SourceId {
  return n.toString(16).padStart(16, "0");
}

export function counts(record: Record<string, number>): Counts {
  return new Map(Object.entries(record));
}

export type TotalsByRegion = ReadonlyMap<string, ReadonlyMap<string, bigint>>;

/** Totals of counters that were never reset. */
export function totalsOf(totals: TotalsByRegion): Totals {
  return new Totals([...totals].map(([counter, regions]) => [counter, { regions, generation: 0 }]));
}

/** A ledger at version 1 that has counted nothing. */
export function ledgerWith({
  totals = new Map(),
  ...fields
}: Omit<Partial<Ledger>, "totals"> & { readonly totals?: TotalsByRegion } = {}): Ledger {
  const term = { writer: "w1", from: 1 };
  return { ...emptyLedger(LEDGER_ID), version: 1, epoch: 1, terms: [term], ...fields, totals: totalsOf(totals) };
}

/** A ledger with its totals as a map, to be compared: assert does not look into `Totals`. */
export function plainLedger(ledger: Ledger | null | undefined) {
  return ledger && { ...ledger, totals: new Map(ledger.totals) };
}

export function batch(of: SourceId, from: number, to: number, more: Partial<Batch> = {}): Batch {
  const hits = to > from ? counts({ visits: to - from }) : new Map();
  return { source: of, region: "eu", base: 0, firstOffer: NOTE, from, to, counts: hits, last: false, ...more };
}

/** The empty batch that ends a source. */
export function end(of: SourceId, at: number, more: Partial<Batch> = {}): Batch {
  return batch(of, at, at, { last: true, ...more });
}

/** What a list of single hits comes to. */
export function tally(hits: readonly string[]): Counts {
  const sums: Counts = new Map();
  for (const counter of hits) addHits(sums, counter, 1);
  return sums;
}

export function sortedEntries<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

export const counterName = fc.constantFrom("a", "b", "c.d");
/** A log as what it is: hits, one after the other. */
export const hitList = fc.array(counterName, { minLength: 1, maxLength: 12 });
