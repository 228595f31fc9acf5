import type { StoreState } from "../../core/cluster/cluster_view.ts";
import { audit, emptyLedger, type Ledger, LedgerMismatch, withTerm } from "../../core/ledger/ledger.ts";
import { decodeLedger, encodeLedger, LOST, UnreadableLedger } from "../../core/ledger/ledger_encoding.ts";
import {
  ledgerStatus,
  mayJoin,
  type NodeKnowledge,
  type NodeOffer,
  UNKNOWN_VERSION,
} from "../../core/ledger/loss_detection.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import type { Store, StoreImage } from "../../ports/store.ts";
import type { LossRecord, SeenTotals } from "../adoption/adoption.ts";

/** What a leader found when it read the store. */
export type AccessResult =
  | { readonly kind: "open"; readonly ledger: Ledger; readonly headRevision: number }
  | { readonly kind: "shut"; readonly state: StoreState; readonly detail: string }
  | { readonly kind: "superseded" };

/** What the leader's own node and the others know. */
export interface LedgerEvidence {
  readonly nodes: readonly NodeKnowledge[];
  readonly lineage: readonly Adoption[];
  /** What the leader's own node last saw committed; null: nothing yet. */
  readonly seen: () => SeenTotals | null;
  /** What nodes offered that contradicts the ledger as it was read before. */
  readonly offers: readonly NodeOffer[];
}

/** How a leader comes to a ledger that it may write (docs/protocol.md, Identity). */
export class LedgerAccess {
  readonly #store: Store;
  readonly #term: { readonly epoch: number; readonly writer: string };
  readonly #newId: () => string;
  readonly #recorded: () => string | null;
  #reported = "";

  constructor(
    store: Store,
    term: { readonly epoch: number; readonly writer: string },
    newId: () => string,
    recorded: () => string | null,
  ) {
    this.#store = store;
    this.#term = term;
    this.#newId = newId;
    this.#recorded = recorded;
  }

  /** Reads the ledger, or creates it when nobody can know one. Throws StoreError. */
  async open(heard: LedgerEvidence, everyoneHeard: boolean): Promise<AccessResult> {
    const image = await this.#store.read();
    if (image.leader?.epoch !== this.#term.epoch) return { kind: "superseded" };
    const ledger = this.#decode(image);
    if (typeof ledger === "string") return { kind: "shut", state: "corrupt", detail: ledger };
    const witness = ledger ? heard : { ...heard, nodes: [...heard.nodes, ...this.#record()] };
    const standing = ledgerStatus(ledger, witness.nodes, everyoneHeard, witness.offers);
    const foreign = witness.nodes.filter(({ known }) => ledger && !mayJoin(known, ledger));
    if (standing.kind === "lost" || foreign.length > 0) await this.#recordLoss(image, witness);
    if (standing.kind === "lost") return { kind: "shut", state: "lost", detail: standing.detail };
    if (ledger) return { kind: "open", ledger, headRevision: image.headRevision };
    if (standing.kind === "absent") return this.#create(image);
    return {
      kind: "shut",
      state: "founding",
      detail: "there is no ledger yet; asking every node whether it knows one",
    };
  }

  /** Where a ledger is noted outside of the store, a store without one has lost it, even if no node is left that knows. */
  #record(): NodeKnowledge[] {
    const id = this.#recorded();
    return id === null ? [] : [{ name: "the cluster's record", known: { id, version: UNKNOWN_VERSION, writer: "" } }];
  }

  async #create(image: StoreImage): Promise<AccessResult> {
    const ledger = {
      ...emptyLedger(this.#newId()),
      version: 1,
      epoch: this.#term.epoch,
      terms: withTerm([], this.#term.writer, 1),
    };
    const outcome = await this.#store.commit(this.#term.epoch, image.headRevision, encodeLedger(ledger));
    if (outcome.kind === "committed") return { kind: "open", ledger, headRevision: outcome.headRevision };
    if (outcome.leader?.epoch !== this.#term.epoch) return { kind: "superseded" };
    return { kind: "shut", state: "founding", detail: "somebody else wrote the ledger; reading it again" };
  }

  /** Leaves word in the store of what nodes know and it does not have, for the person who decides. */
  async #recordLoss(image: StoreImage, { nodes, lineage, seen }: LedgerEvidence): Promise<void> {
    const known = nodes.flatMap(({ name, known }) => (known ? [{ name, id: known.id, version: known.version }] : []));
    const distinct = [...new Map(known.map((one) => [`${one.name} ${one.id}`, one])).values()];
    const word = JSON.stringify({ known: distinct, lineage, seen: seen() } satisfies LossRecord);
    if (word === this.#reported && image.entries.has(LOST)) return;
    const puts = new Map([[LOST, new TextEncoder().encode(word)]]);
    const outcome = await this.#store.commit(this.#term.epoch, image.headRevision, puts);
    if (outcome.kind === "committed") this.#reported = word;
  }

  #decode(image: StoreImage): Ledger | null | string {
    try {
      const ledger = decodeLedger(image.entries);
      if (ledger) audit(ledger);
      return ledger;
    } catch (error) {
      if (error instanceof LedgerMismatch || error instanceof UnreadableLedger) return error.message;
      throw error;
    }
  }
}
