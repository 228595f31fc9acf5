import { UnreadableLedger } from "../../core/ledger/entry_fields.ts";
import { emptyLedger, type Ledger, totalOf, withTerm } from "../../core/ledger/ledger.ts";
import { decodeLedger, encodeLedger, LOST } from "../../core/ledger/ledger_encoding.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import { type Puts, type Store, StoreError, type StoreImage } from "../../ports/store.ts";
import { decodeLossRecord, type KnownElsewhere, type LossRecord, type SeenTotals } from "./loss_record.ts";

/** Hits that adopting gives up: they were seen committed and are not in the store. */
export interface LostHits {
  /** Hits of all counters that were seen committed, and those that the store has. */
  readonly seen: bigint;
  readonly found: bigint;
  /** Those of the largest counters that miss hits, largest loss first. */
  readonly counters: readonly { readonly counter: string; readonly seen: bigint; readonly found: bigint }[];
}

/** What adopting would do. A person decides on it. */
export interface Proposal {
  /** The store's ledger; null if it has none. */
  readonly found: { readonly id: string; readonly version: number; readonly total: bigint } | null;
  readonly known: readonly KnownElsewhere[];
  /** Null if the leader did not know it. */
  readonly lost: LostHits | null;
}

/** What became of an adoption. */
export type AdoptOutcome =
  | { readonly kind: "adopted" }
  /** Nothing was changed, because the store changed since it was read. */
  | { readonly kind: "changed" }
  /** It may have been applied, or may still be. `failure`: what the store said. */
  | { readonly kind: "unknown"; readonly failure: StoreError };

/** Adoptions that a ledger keeps. A node that missed more than these cannot join, and must be wiped. */
const KEPT_ADOPTIONS = 32;

/** The only way to count on with a lost store (docs/protocol.md, Adopt): what the store has becomes a ledger of its own, which every node may join. */
export class Adopter {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What adopting would do; null if no leader has recorded a loss. Throws StoreError, UnreadableLedger. */
  async propose(): Promise<Proposal | null> {
    const image = await this.#store.read();
    const record = lossRecordIn(image.entries);
    if (!record) return null;
    const ledger = decodeLedger(image.entries);
    const found = ledger && { id: ledger.id, version: ledger.version, total: ledger.totals.sum };
    return { found, known: record.known, lost: record.seen ? lostHits(record.seen, ledger) : null };
  }

  /** Adopts what the store has, as ledger `newId`. Throws StoreError if it certainly did not, UnreadableLedger. */
  async adopt(newId: string): Promise<AdoptOutcome> {
    const image = await this.#store.read();
    const puts = adoptionOf(image.entries, newId);
    if (!puts) return { kind: "changed" };
    try {
      const { kind } = await this.#store.overwrite(image.headRevision, { puts });
      return { kind: kind === "committed" ? "adopted" : "changed" };
    } catch (error) {
      if (!(error instanceof StoreError) || !error.mayBeApplied) throw error;
      return this.#settled(newId, error);
    }
  }

  /** What became of an adoption whose outcome the store did not tell. A later read shows it if it was applied before. */
  async #settled(newId: string, failure: StoreError): Promise<AdoptOutcome> {
    const unknown = { kind: "unknown", failure } as const;
    try {
      const adopted = decodeLedger((await this.#store.read()).entries)?.id === newId;
      return adopted ? { kind: "adopted" } : unknown;
    } catch (error) {
      if (error instanceof StoreError || error instanceof UnreadableLedger) return unknown;
      throw error;
    }
  }
}

/** What adopting writes into a store with these entries; null if no leader has recorded a loss. Throws UnreadableLedger. */
export function adoptionOf(entries: StoreImage["entries"], newId: string): Puts | null {
  const record = lossRecordIn(entries);
  if (!record) return null;
  return new Map([...encodeLedger(successorOf(decodeLedger(entries), record, newId)), [LOST, null]]);
}

function lossRecordIn(entries: StoreImage["entries"]): LossRecord | null {
  const record = entries.get(LOST);
  return record ? decodeLossRecord(record) : null;
}

function lostHits({ total, counters }: SeenTotals, ledger: Ledger | null): LostHits {
  const rows = Object.entries(counters).map(([counter, seen]) => {
    return { counter, seen: BigInt(seen), found: totalOf([ledger?.totals.get(counter)?.regions ?? new Map()]) };
  });
  const missing = rows
    .filter(({ seen, found }) => seen > found)
    .sort((a, b) => compare(b.seen - b.found, a.seen - a.found));
  return { seen: BigInt(total), found: ledger?.totals.sum ?? 0n, counters: missing };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The ledger that was found, under a new id, with an adoption of each ledger that nodes know. An adoption is clean if the found ledger can
 * have those nodes' logs only under ids that their holders remember: for the found ledger itself, and for all if it never followed another.
 */
function successorOf(found: Ledger | null, { known, lineage }: LossRecord, newId: string): Ledger {
  const base = found ?? { ...emptyLedger(newId), adoptions: lineage };
  const version = base.version + 1;
  const elsewhere = new Set(known.map(({ id }) => id).filter((id) => id !== found?.id));
  const isFirst = !found || found.adoptions.length === 0;
  const left = [...(found ? [found.id] : []), ...elsewhere];
  const adoptions = left
    .filter((ledger) => !base.adoptions.some((earlier) => earlier.ledger === ledger))
    .map((ledger): Adoption => ({ ledger, next: newId, version, clean: ledger === found?.id || isFirst }));
  const terms = withTerm(base.terms, newId, version);
  return { ...base, id: newId, version, terms, adoptions: [...base.adoptions, ...adoptions].slice(-KEPT_ADOPTIONS) };
}
