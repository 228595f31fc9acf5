import type { StoreState } from "../../core/cluster/cluster_view.ts";
import { NewerFormat, UnreadableLedger } from "../../core/ledger/entry_fields.ts";
import { emptyLedger, type Ledger, LedgerMismatch, withTerm } from "../../core/ledger/ledger.ts";
import { encodeLedger } from "../../core/ledger/ledger_encoding.ts";
import { LOST } from "../../core/ledger/ledger_reading.ts";
import {
  ledgerStatus,
  mayJoin,
  type NodeKnowledge,
  type NodeOffer,
  UNKNOWN_VERSION,
} from "../../core/ledger/loss_detection.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import type { KeyHolder, Store } from "../../ports/store.ts";
import { encodeLossRecord, type LossRecord, type SeenTotals } from "../adoption/loss_record.ts";
import { lostEntry, type ReadingSteps, readLedger, type StoredLedger } from "../ledger/read_ledger.ts";

/** The result of reading the store: a ledger that may be written, the state that forbids it, or another leader's key. */
export type AccessResult =
  | { readonly kind: "open"; readonly ledger: Ledger; readonly headRevision: number }
  | { readonly kind: "shut"; readonly state: StoreState; readonly detail: string }
  /** A newer release wrote the ledger: a node of that release must lead. */
  | { readonly kind: "outdated"; readonly detail: string }
  | { readonly kind: "superseded" };

/** What the leader's own node and the other nodes know of ledgers. */
export interface LedgerEvidence {
  readonly nodes: readonly NodeKnowledge[];
  /** Adoptions that led to the ledger that the leader's own node knows. */
  readonly lineage: readonly Adoption[];
  /** Totals that the leader's own node last saw committed; null: none yet. */
  readonly seen: () => SeenTotals | null;
  /** Offers of nodes that contradict the ledger as it was read before. */
  readonly offers: readonly NodeOffer[];
}

export interface LedgerAccessDeps {
  readonly newId: () => string;
  /** Id of the ledger that is recorded outside the store; null: none is. */
  readonly recorded: () => string | null;
  readonly steps: ReadingSteps;
}

/**
 * Reads the store's ledger and decides whether this leader may write it (docs/protocol.md, Identity).
 *
 * A store can be wiped or restored from a backup under running nodes. Counting on would then lose hits that people have seen. So the ledger
 * is written only if no node has seen more of it, and created only if no node knows one. Otherwise the store is lost: the leader records
 * what nodes know, and a person decides (`services/adoption/adoption.ts`).
 */
export class LedgerAccess {
  readonly #store: Store;
  readonly #holder: KeyHolder;
  readonly #writer: string;
  readonly #deps: LedgerAccessDeps;
  /** The loss record that this leader wrote last. */
  #reported = "";

  constructor(store: Store, holder: KeyHolder, writer: string, deps: LedgerAccessDeps) {
    this.#store = store;
    this.#holder = holder;
    this.#writer = writer;
    this.#deps = deps;
  }

  /** Reads the ledger, or creates it if nobody can know one. `everyoneHeard`: see `ledgerStatus`. Throws StoreError. */
  async open(heard: LedgerEvidence, everyoneHeard: boolean): Promise<AccessResult> {
    const found = await this.#read();
    if (found === null) return { kind: "superseded" };
    if (found instanceof NewerFormat) return { kind: "outdated", detail: found.message };
    if (found instanceof Error) return { kind: "shut", state: "corrupt", detail: found.message };
    const { ledger, leftover } = found;
    if (found.leader?.nonce !== this.#holder.nonce) return { kind: "superseded" };
    const evidence = ledger ? heard : { ...heard, nodes: [...heard.nodes, ...this.#record()] };
    const status = ledgerStatus(ledger, evidence.nodes, everyoneHeard, evidence.offers, leftover);
    const foreign = evidence.nodes.filter(({ known }) => ledger && !mayJoin(known, ledger));
    if (status.kind === "lost" || foreign.length > 0) await this.#recordLoss(found, evidence);
    if (status.kind === "lost") return { kind: "shut", state: "lost", detail: status.detail };
    if (ledger) return { kind: "open", ledger, headRevision: found.headRevision };
    if (status.kind === "absent") return this.#create(found);
    return {
      kind: "shut",
      state: "founding",
      detail: "there is no ledger yet; the leader asks every node whether it knows one",
    };
  }

  /** The ledger that is recorded outside the store. A store without any ledger has lost it, even if no node is left that knows it. */
  #record(): NodeKnowledge[] {
    const id = this.#deps.recorded();
    return id === null ? [] : [{ name: "the cluster's record", known: { id, version: UNKNOWN_VERSION, writer: "" } }];
  }

  async #create({ headRevision }: StoredLedger): Promise<AccessResult> {
    const ledger = {
      ...emptyLedger(this.#deps.newId()),
      version: 1,
      epoch: this.#holder.epoch,
      terms: withTerm([], this.#writer, 1),
    };
    const outcome = await this.#store.commit(this.#holder, headRevision, { puts: encodeLedger(ledger) });
    if (outcome.kind === "committed") return { kind: "open", ledger, headRevision: outcome.headRevision };
    if (outcome.leader?.nonce !== this.#holder.nonce) return { kind: "superseded" };
    return {
      kind: "shut",
      state: "founding",
      detail: "the ledger was written by someone else; the leader reads it again",
    };
  }

  /** Writes a loss record into the store: what nodes know and the store does not have, for the person who decides. */
  async #recordLoss({ headRevision }: StoredLedger, evidence: LedgerEvidence): Promise<void> {
    const record = encodeLossRecord(lossRecordOf(evidence));
    if (record === this.#reported && (await lostEntry(this.#store)) !== null) return;
    const puts = new Map([[LOST, new TextEncoder().encode(record)]]);
    const outcome = await this.#store.commit(this.#holder, headRevision, { puts });
    if (outcome.kind === "committed") this.#reported = record;
  }

  async #read(): Promise<StoredLedger | null | LedgerMismatch | UnreadableLedger> {
    try {
      return await readLedger(this.#store, this.#deps.steps);
    } catch (error) {
      if (error instanceof LedgerMismatch || error instanceof UnreadableLedger) return error;
      throw error;
    }
  }
}

/** What a leader records of a loss: every ledger that each node knows, once. */
export function lossRecordOf({ nodes, lineage, seen }: Omit<LedgerEvidence, "offers">): LossRecord {
  const known = nodes.flatMap(({ name, known }) => (known ? [{ name, id: known.id, version: known.version }] : []));
  const distinct = [...new Map(known.map((one) => [`${one.name} ${one.id}`, one])).values()];
  return { known: distinct, lineage, seen: seen() };
}
