import { EntryFields, jsonIn } from "../../core/ledger/entry_fields.ts";
import { adoptionIn } from "../../core/ledger/head_encoding.ts";
import { LOST } from "../../core/ledger/ledger_reading.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import { isCounterName } from "../../core/names.ts";

/** A ledger, or a version of one, that a node has seen and the store does not have. */
export interface KnownElsewhere {
  /** Name of the node that has seen it. */
  readonly name: string;
  readonly id: string;
  readonly version: number;
}

/** What a leader writes into the store (entry `lost`) when nodes have seen what the store does not have. */
export interface LossRecord {
  readonly known: readonly KnownElsewhere[];
  /** Adoptions that led to the ledger that the leader's own node knew, as far as it remembers. */
  readonly lineage: readonly Adoption[];
  /** Totals that this node last saw committed; null: unknown. */
  readonly seen: SeenTotals | null;
}

/** Totals as decimal digits: JSON has no bigint. */
export interface SeenTotals {
  /** Hits of all counters together. */
  readonly total: string;
  /** Hits of the largest counters, by name. */
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
