import type { Member } from "../../ports/discovery.ts";
import type { Lease } from "../../ports/election.ts";
import { Leader } from "../leader/leader.ts";
import type { LeaderDeps } from "../leader/leader_deps.ts";

/** How long a node leaves the leader key to others after an unproductive term, or while it drains. */
const UNPRODUCTIVE_PAUSE_MS = 10_000;

export interface LeaderRoleDeps {
  /** What the leader of each term needs. */
  readonly leader: Omit<LeaderDeps, "unproductiveTerms" | "remembered" | "tookOver">;
  /** The nodes in the last leader's list. */
  readonly remembered: () => readonly Member[];
  readonly draining: () => boolean;
  /** Called when a term is over. */
  readonly changed: () => void;
}

/** This node as the leader: its terms, one after the other, and how many of them in a row got nothing done. */
export class LeaderRole {
  readonly #deps: LeaderRoleDeps;
  /** Null while this node does not lead. */
  current: Leader | null = null;
  #unproductiveTerms = 0;

  constructor(deps: LeaderRoleDeps) {
    this.#deps = deps;
  }

  /** Leads for one term, which began with a take-over or not. Resolves, when it is over, to how long to leave the key to others, in milliseconds. */
  async lead(lease: Lease, tookOver: boolean): Promise<number> {
    const { leader, remembered, draining, changed } = this.#deps;
    const unproductiveTerms = this.#unproductiveTerms;
    this.current = new Leader(lease, { ...leader, unproductiveTerms, remembered: remembered(), tookOver });
    const end = await this.current.run();
    this.current = null;
    this.#unproductiveTerms = end === "unproductive" ? unproductiveTerms + 1 : 0;
    changed();
    return end === "unproductive" || draining() ? UNPRODUCTIVE_PAUSE_MS : 0;
  }
}
