import { UnreadableLedger } from "../../core/ledger/entry_fields.ts";
import { encodeHead, HEAD } from "../../core/ledger/head_encoding.ts";
import { emptyLedger, type Ledger, totalOf, withTerm } from "../../core/ledger/ledger.ts";
import { encodeLedger } from "../../core/ledger/ledger_encoding.ts";
import { LOST } from "../../core/ledger/ledger_reading.ts";
import { encodeRound, roundName } from "../../core/ledger/round_encoding.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import { type Store, StoreError, type Writes } from "../../ports/store.ts";
import { lostEntry, type ReadingSteps, readLedger } from "../ledger/read_ledger.ts";
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

/** All entries that may be left of a ledger that lost its head. They must not become a part of the new one (H74). */
const LEFTOVERS = ["audit", "days", "keys", "links", "marks", "pages", "rounds", "totals"].map((kind) => {
  return { from: `${kind}/`, to: `${kind}0` };
});

const WITHOUT_PAUSE: ReadingSteps = { chunk: async () => true, entry: () => null };

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
    const { record, ledger } = await this.#read();
    if (!record) return null;
    const found = ledger && { id: ledger.id, version: ledger.version, total: ledger.totals.sum };
    return { found, known: record.known, lost: record.seen ? lostHits(record.seen, ledger) : null };
  }

  /** Adopts what the store has, as ledger `newId`. Throws StoreError if it certainly did not, UnreadableLedger. */
  async adopt(newId: string): Promise<AdoptOutcome> {
    const { record, ledger, headRevision } = await this.#read();
    if (!record) return { kind: "changed" };
    try {
      const { kind } = await this.#store.overwrite(headRevision, adoptionOf(ledger, record, newId));
      return { kind: kind === "committed" ? "adopted" : "changed" };
    } catch (error) {
      if (!(error instanceof StoreError) || !error.mayBeApplied) throw error;
      return this.#settled(newId, error);
    }
  }

  async #read() {
    const read = await readLedger(this.#store, WITHOUT_PAUSE);
    if (!read) throw new Error("cannot read the ledger: nothing may end it");
    const record = await lostEntry(this.#store);
    return { ...read, record: record && decodeLossRecord(record) };
  }

  /** What became of an adoption whose outcome the store did not tell. A later read shows it if it was applied before. */
  async #settled(newId: string, failure: StoreError): Promise<AdoptOutcome> {
    const unknown = { kind: "unknown", failure } as const;
    try {
      const adopted = (await this.#read()).ledger?.id === newId;
      return adopted ? { kind: "adopted" } : unknown;
    } catch (error) {
      if (error instanceof StoreError || error instanceof UnreadableLedger) return unknown;
      throw error;
    }
  }
}

/** What adopting writes into a store that has the ledger `found`, or none. */
export function adoptionOf(found: Ledger | null, record: LossRecord, newId: string): Writes {
  const next = successorOf(found, record, newId);
  const lost = [LOST, null] as const;
  if (!found) return { puts: new Map([...encodeLedger(next), lost]), ranges: LEFTOVERS };
  if (!next.layout) return { puts: new Map([...encodeLedger(next), lost]) };
  const round = encodeRound({ version: next.version, counters: new Map(), ended: new Map() });
  return { puts: new Map([[HEAD, encodeHead(next)], [roundName(next.version), round], lost]) };
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
