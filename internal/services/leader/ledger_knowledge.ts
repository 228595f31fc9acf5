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

export interface LedgerKnowledgeDeps {
  readonly self: Member;
  readonly logger: Logger;
  /** The newest ledger that this node itself has seen. */
  readonly known: () => LedgerPosition | null;
  /** The adoptions that led to it, as far as this node remembers. */
  readonly lineage: () => readonly Adoption[];
  /** What it last saw committed. */
  readonly seen: () => SeenTotals | null;
}

/** What the nodes know of ledgers, and which of them may take part in the leader's. */
export class LedgerKnowledge {
  readonly #followers: Followers;
  readonly #deps: LedgerKnowledgeDeps;

  constructor(followers: Followers, deps: LedgerKnowledgeDeps) {
    this.#followers = followers;
    this.#deps = deps;
  }

  /** Tells nodes of another ledger apart; without a ledger nobody is foreign. */
  markForeign(ledger: Ledger | undefined): void {
    for (const follower of this.#followers.all()) {
      const foreign = ledger !== undefined && !mayJoin(follower.known, ledger);
      if (foreign && !follower.foreign) this.#reportForeign(follower);
      follower.foreign = foreign;
    }
  }

  /** Not a node that has seen what this ledger does not have: it would show people less than before. */
  maySend({ foreign, known }: Follower, ledger: Ledger | undefined): boolean {
    return !foreign && !(known && ledger && isAheadOf(known, ledger));
  }

  /** Whether somebody has seen what this ledger does not have. */
  isAheadOf(ledger: Ledger): boolean {
    return this.#knowledge().some(({ known }) => known && isAheadOf(known, ledger));
  }

  evidence(offers: readonly NodeOffer[] = []): LedgerEvidence {
    const { lineage, seen } = this.#deps;
    return { nodes: this.#knowledge(), lineage: lineage(), seen, offers };
  }

  /** The same offers, with the nodes' names instead of their ids. */
  named(offers: readonly NodeOffer[]): NodeOffer[] {
    return offers.map(({ name, batch }) => ({ name: this.nameOf(name), batch }));
  }

  /** The name of a node, or its id when it is not listed any more. */
  nameOf(id: string): string {
    return this.#followers.all().find(({ member }) => member.id === id)?.member.name ?? id;
  }

  /** The list is complete, and each node on it said hello, or could not be reached; and somebody is listed. */
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
    this.#deps.logger.error("a node knows another ledger; it is not collected", fields);
  }
}
