import { emptyLedger, type Ledger, totalOf, withTerm } from "../../core/ledger.ts";
import { decodeLedger, encodeLedger, LOST } from "../../core/ledger_encoding.ts";
import type { Adoption } from "../../core/snapshot.ts";
import type { CommitOutcome, Store, StoreImage } from "../../ports/store.ts";

/** A ledger that nodes know and the store does not, or not in that version. */
export interface KnownElsewhere {
  /** Name of the node that has seen it. */
  readonly name: string;
  readonly id: string;
  readonly version: number;
}

/** What adopting would do, for a person to decide on. */
export interface Proposal {
  /** What the store has, or null when it has no ledger. */
  readonly found: { readonly id: string; readonly version: number; readonly total: bigint } | null;
  readonly known: readonly KnownElsewhere[];
}

/** Earlier adoptions that are kept; a node that slept through more than these has to be wiped. */
const KEPT_ADOPTIONS = 32;

/** The one explicit way on from a lost store (DESIGN rule 13): what the store has becomes a ledger of its own, which every node may join. */
export class AdoptionDesk {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What the leader reported as lost, or null when it reported nothing. Throws StoreError, UnreadableLedger. */
  async propose(): Promise<Proposal | null> {
    const image = await this.#store.read();
    const word = wordIn(image);
    if (!word) return null;
    const ledger = decodeLedger(image.entries);
    const found = ledger && { id: ledger.id, version: ledger.version, total: totalOf(ledger.totals.values()) };
    return { found, known: word };
  }

  /** Does it, under the ledger id `newId`. False when the store changed since it was read: look again. Throws StoreError. */
  async adopt(newId: string): Promise<boolean> {
    const image = await this.#store.read();
    const word = wordIn(image);
    if (!word) return false;
    const next = successorOf(decodeLedger(image.entries), word, newId);
    const puts = new Map<string, Uint8Array | null>([...encodeLedger(next), [LOST, null]]);
    const outcome: CommitOutcome = await this.#store.overwrite(image.headRevision, puts);
    return outcome.kind === "committed";
  }
}

function wordIn(image: StoreImage): readonly KnownElsewhere[] | null {
  const word = image.entries.get(LOST);
  return word ? (JSON.parse(new TextDecoder().decode(word)) as { known: KnownElsewhere[] }).known : null;
}

/** What was found, under a new id: nodes that know any of the old ones follow. */
function successorOf(found: Ledger | null, known: readonly KnownElsewhere[], newId: string): Ledger {
  const version = (found?.version ?? 0) + 1;
  const left = new Set([...(found ? [found.id] : []), ...known.map(({ id }) => id)]);
  const adoptions: Adoption[] = [...left].map((ledger) => ({ ledger, next: newId, version }));
  const base = found ?? emptyLedger(newId);
  const terms = withTerm(base.terms, newId, version);
  return { ...base, id: newId, version, terms, adoptions: [...base.adoptions, ...adoptions].slice(-KEPT_ADOPTIONS) };
}
