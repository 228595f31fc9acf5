import { EntryFields, jsonIn } from "../../core/ledger/entry_fields.ts";
import { adoptionIn, LOST } from "../../core/ledger/ledger_encoding.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import { isCounterName } from "../../core/names.ts";

/** A ledger that nodes know and the store does not, or not in that version. */
export interface KnownElsewhere {
  /** Name of the node that has seen it. */
  readonly name: string;
  readonly id: string;
  readonly version: number;
}

/** What a leader leaves in the store when nodes know what the store does not have. */
export interface LossRecord {
  readonly known: readonly KnownElsewhere[];
  /** Adoptions that led to the ledger which the leader's own node knew, as far as it remembers. */
  readonly lineage: readonly Adoption[];
  /** What that node last saw committed; null: unknown. */
  readonly seen: SeenTotals | null;
}

/** Totals as decimal digits: JSON has no bigint. */
export interface SeenTotals {
  /** Of all counters. */
  readonly total: string;
  /** The largest. */
  readonly counters: Readonly<Record<string, string>>;
}

export function encodeLossRecord(record: LossRecord): string {
  return JSON.stringify(record);
}

/** The loss record in the store's entry. Throws UnreadableLedger. */
export function decodeLossRecord(bytes: Uint8Array): LossRecord {
  const record = new EntryFields(LOST, jsonIn(LOST, bytes));
  const known = record.list("known", (one) => ({
    name: one.text("name"),
    id: one.id("id"),
    version: one.whole("version"),
  }));
  const lineage = record.list("lineage", adoptionIn);
  // An older release did not write what its node saw.
  return { known, lineage, seen: record.has("seen") ? seenTotalsIn(record.fields("seen")) : null };
}

function seenTotalsIn(seen: EntryFields): SeenTotals {
  const counters = seen.fields("counters").map(isCounterName, (totals, counter) => String(totals.total(counter)));
  return { total: String(seen.total("total")), counters: Object.fromEntries(counters) };
}
