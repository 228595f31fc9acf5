import type { Ledger } from "../../core/ledger/ledger.ts";
import { isAheadOf, type Knowledge, mayJoin, type Offer } from "../../core/ledger/loss_detection.ts";
import type { Adoption } from "../../core/ledger/snapshot.ts";
import type { Sighting } from "../../core/log/batch.ts";
import type { Member } from "../../ports/discovery.ts";
import type { Log } from "../../ports/logger.ts";
import type { SeenTotals } from "../adoption/adoption.ts";
import type { Connection } from "./follower.ts";
import type { Roster } from "./followers.ts";
import type { Witness } from "./ledger_access.ts";

export interface AudienceParts {
  readonly self: Member;
  readonly log: Log;
  /** The newest ledger that this node itself has seen. */
  readonly known: () => Sighting | null;
  /** The adoptions that led to it, as far as this node remembers. */
  readonly lineage: () => readonly Adoption[];
  /** What it last saw committed. */
  readonly seen: () => SeenTotals | null;
}

/** What the nodes know of ledgers, and which of them may take part in the leader's. */
export class Audience {
  readonly #roster: Roster;
  readonly #parts: AudienceParts;

  constructor(roster: Roster, parts: AudienceParts) {
    this.#roster = roster;
    this.#parts = parts;
  }

  /** Tells nodes of another ledger apart; without a ledger nobody is foreign. */
  noteForeigners(ledger: Ledger | undefined): void {
    for (const connection of this.#roster.all()) {
      const foreign = ledger !== undefined && !mayJoin(connection.known, ledger);
      if (foreign && !connection.foreign) this.#reportForeign(connection);
      connection.foreign = foreign;
    }
  }

  /** Not a node that has seen what this ledger does not have: it would show people less than before. */
  mayBeTold({ foreign, known }: Connection, ledger: Ledger | undefined): boolean {
    return !foreign && !(known && ledger && isAheadOf(known, ledger));
  }

  /** Whether somebody has seen what this ledger does not have. */
  isAheadOf(ledger: Ledger): boolean {
    return this.#knowledge().some(({ known }) => known && isAheadOf(known, ledger));
  }

  witness(offers: readonly Offer[] = []): Witness {
    const { lineage, seen } = this.#parts;
    return { nodes: this.#knowledge(), lineage: lineage(), seen, offers };
  }

  /** The same offers, with the nodes' names instead of their ids. */
  named(offers: readonly Offer[]): Offer[] {
    return offers.map(({ name, batch }) => ({ name: this.nameOf(name), batch }));
  }

  /** The name of a node, or its id when it is not listed any more. */
  nameOf(id: string): string {
    return this.#roster.all().find(({ member }) => member.id === id)?.member.name ?? id;
  }

  /** The list is complete, and each node on it said hello, or could not be reached; and somebody is listed. */
  get everyoneTried(): boolean {
    return this.#roster.complete && this.#roster.all().length > 0 && this.#roster.all().every(({ tried }) => tried);
  }

  #knowledge(): Knowledge[] {
    const { self, known } = this.#parts;
    const others = this.#roster.all().map((connection) => ({ name: connection.member.name, known: connection.known }));
    return [{ name: self.name, known: known() }, ...others];
  }

  #reportForeign({ member, known }: Connection): void {
    const fields = { node: member.name, ledger: known?.id };
    this.#parts.log.error("a node knows another ledger; it is not collected", fields);
  }
}
