import type { Ledger } from "../../core/ledger/ledger.ts";
import { isAheadOf, mayJoin, type NodeKnowledge, type NodeOffer } from "../../core/ledger/loss_detection.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import type { LedgerPosition } from "../../core/log/batch.ts";
import type { Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import type { SeenTotals } from "../adoption/loss_record.ts";
import type { Follower } from "./follower.ts";
import type { Followers } from "./followers.ts";
import type { LedgerEvidence } from "./ledger_access.ts";
import { MOST_FOR_OLD_NODES } from "./publisher.ts";

const TOO_OLD = `node not collected: its release takes at most ${MOST_FOR_OLD_NODES} counters, and the ledger has more; upgrade it`;

export interface LedgerKnowledgeDeps {
  readonly self: Member;
  readonly logger: Logger;
  /** The newest ledger that the leader's own node has seen. */
  readonly known: () => LedgerPosition | null;
  /** Adoptions that led to it, as far as this node remembers. */
  readonly lineage: () => readonly Adoption[];
  /** Totals that this node last saw committed; null: none yet. */
  readonly seen: () => SeenTotals | null;
}

/** Whether a node of 0.1.0 lacks totals that no message can hold. */
function isTooOld({ report, sentVersion }: Follower, { totals }: Ledger): boolean {
  return report !== null && report.totals === undefined && sentVersion === null && totals.size > MOST_FOR_OLD_NODES;
}

/** What nodes know of ledgers, and which nodes may take part in the leader's ledger. */
export class LedgerKnowledge {
  readonly #followers: Followers;
  readonly #deps: LedgerKnowledgeDeps;
  /** Offers that contradicted the ledger. They count until a ledger is read that they do not contradict, also if their nodes are cut off. */
  #contradictions: readonly NodeOffer[] = [];

  constructor(followers: Followers, deps: LedgerKnowledgeDeps) {
    this.#followers = followers;
    this.#deps = deps;
  }

  /** Marks the nodes of other ledgers as foreign, and those that cannot take this one as too old. Without a ledger no node is either. */
  markForeign(ledger: Ledger | undefined): void {
    for (const follower of this.#followers.all()) {
      const foreign = ledger !== undefined && !mayJoin(follower.known, ledger);
      if (foreign && !follower.foreign) this.#reportForeign(follower);
      follower.foreign = foreign;
      const tooOld = ledger !== undefined && isTooOld(follower, ledger);
      if (tooOld && !follower.tooOld) this.#deps.logger.error(TOO_OLD, { node: follower.member.name });
      follower.tooOld = tooOld;
    }
  }

  /** Whether the ledger may be sent to this node. Not if the node has seen more: it would show people less than before. */
  maySend({ foreign, tooOld, known }: Follower, ledger: Ledger | undefined): boolean {
    return !foreign && !tooOld && !(known && ledger && isAheadOf(known, ledger));
  }

  /** Whether any node has seen what this ledger does not have. */
  isAheadOf(ledger: Ledger): boolean {
    const isAhead = (known: LedgerPosition | null) => known !== null && isAheadOf(known, ledger);
    return isAhead(this.#deps.known()) || this.#followers.all().some(({ known }) => isAhead(known));
  }

  /** Everything that speaks for or against the store's ledger. */
  evidence(): LedgerEvidence {
    const { lineage, seen } = this.#deps;
    return { nodes: this.#knowledge(), lineage: lineage(), seen, offers: this.#contradictions };
  }

  /** Keeps the offers that contradict the ledger, until `reconciled`. */
  contradicted(offers: readonly NodeOffer[]): void {
    this.#contradictions = this.#named(offers);
  }

  /** A ledger was read that has what nodes have seen. */
  reconciled(): void {
    this.#contradictions = [];
  }

  /** The same offers, with node names instead of ids. */
  #named(offers: readonly NodeOffer[]): NodeOffer[] {
    return offers.map(({ name, batch }) => ({ name: this.nameOf(name), batch }));
  }

  /** A node's name, or its id if it is no longer listed. */
  nameOf(id: string): string {
    return this.#followers.all().find(({ member }) => member.id === id)?.member.name ?? id;
  }

  /** Whether discovery has succeeded, at least one node is listed, and each listed node has said hello or failed to. */
  get everyoneTried(): boolean {
    return (
      this.#followers.complete && this.#followers.all().length > 0 && this.#followers.all().every(({ tried }) => tried)
    );
  }

  #knowledge(): NodeKnowledge[] {
    const { self, known } = this.#deps;
    const others = this.#followers.all().map((follower) => ({ name: follower.member.name, known: follower.known }));
    return [{ name: self.name, known: known() }, ...others];
  }

  #reportForeign({ member, known }: Follower): void {
    const fields = { node: member.name, ledger: known?.id };
    this.#deps.logger.error("node knows another ledger; its hits are not collected", fields);
  }
}
