import { emptyLedger, type Ledger, totalOf, withTerm } from "../../core/ledger/ledger.ts";
import { decodeLedger, encodeLedger, LOST } from "../../core/ledger/ledger_encoding.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import type { CommitOutcome, Store, StoreImage } from "../../ports/store.ts";

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
  /** Totals that this node last saw committed. Unknown if null, or missing, as in the record of an older release. */
  readonly seen?: SeenTotals | null;
}

/** Totals as decimal digits: JSON has no bigint. */
export interface SeenTotals {
  /** Hits of all counters together. */
  readonly total: string;
  /** Hits of the largest counters, by name. */
  readonly counters: Readonly<Record<string, string>>;
}

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
    const record = lossRecordIn(image);
    if (!record) return null;
    const ledger = decodeLedger(image.entries);
    const found = ledger && { id: ledger.id, version: ledger.version, total: totalOf(ledger.totals.values()) };
    return { found, known: record.known, lost: record.seen ? lostHits(record.seen, ledger) : null };
  }

  /** Adopts what the store has, as ledger `newId`. False if the store changed meanwhile: propose again. Throws StoreError, UnreadableLedger. */
  async adopt(newId: string): Promise<boolean> {
    const image = await this.#store.read();
    const record = lossRecordIn(image);
    if (!record) return false;
    const next = successorOf(decodeLedger(image.entries), record, newId);
    const puts = new Map<string, Uint8Array | null>([...encodeLedger(next), [LOST, null]]);
    const outcome: CommitOutcome = await this.#store.overwrite(image.headRevision, puts);
    return outcome.kind === "committed";
  }
}

function lossRecordIn(image: StoreImage): LossRecord | null {
  const record = image.entries.get(LOST);
  return record ? (JSON.parse(new TextDecoder().decode(record)) as LossRecord) : null;
}

function lostHits({ total, counters }: SeenTotals, ledger: Ledger | null): LostHits {
  const rows = Object.entries(counters).map(([counter, seen]) => {
    return { counter, seen: BigInt(seen), found: totalOf([ledger?.totals.get(counter) ?? new Map()]) };
  });
  const missing = rows
    .filter(({ seen, found }) => seen > found)
    .sort((a, b) => compare(b.seen - b.found, a.seen - a.found));
  return { seen: BigInt(total), found: totalOf(ledger?.totals.values() ?? []), counters: missing };
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
