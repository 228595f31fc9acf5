import type { Adjustment } from "../../core/ledger/adjustment.ts";
import type { AdjustmentOutcome } from "../../ports/adjusting.ts";
import type { Member } from "../../ports/discovery.ts";
import type { KnownLedger } from "../counter/known_ledger.ts";
import type { KeptChanges } from "../leader/kept_changes.ts";
import type { Leader } from "../leader/leader.ts";
import { Candidate } from "./candidate.ts";
import type { FailStop } from "./fail_stop.ts";
import { LeaderRole } from "./leader_role.ts";
import type { NodeCounting } from "./node_counting.ts";
import type { NodeDeps } from "./node_deps.ts";
import { TakeOver } from "./take_over.ts";

export interface NodeLeadingParts {
  readonly counting: NodeCounting;
  readonly known: KnownLedger;
  readonly heardChanges: KeptChanges;
  readonly failStop: FailStop;
  readonly draining: () => boolean;
  readonly changed: () => void;
}

/** This node's part in who leads: as a candidate, as one who may take over, and as the leader. Connects `Candidate`, `TakeOver` and `LeaderRole`. */
export class NodeLeading {
  readonly #role: LeaderRole;
  readonly #takeOver: TakeOver;
  readonly #candidate: Candidate;

  constructor(deps: NodeDeps, { counting, known, heardChanges, failStop, draining, changed }: NodeLeadingParts) {
    const { counters, clusterCache } = counting;
    const { self, settings } = deps;
    this.#takeOver = new TakeOver({ ...deps, listed: () => clusterCache.rows() });
    this.#role = new LeaderRole({
      leader: {
        ...deps,
        heardChanges,
        couldNotReach: (member) => this.#takeOver.couldNotReach(member),
        known: () => known.ref,
        lineage: () => counters.adoptions,
        seen: () => counters.seen(),
        settings: settings.leader,
        halt: (error) => failStop.halt(error),
      },
      remembered: () => [...clusterCache.rows(), self],
      draining,
      changed,
    });
    this.#candidate = new Candidate({
      ...deps,
      draining,
      clusterCache,
      interval: settings.leader.interval,
      takeOver: this.#takeOver,
      lead: (lease, tookOver) => this.#role.lead(lease, tookOver),
      changed,
    });
  }

  /** This node's leadership; null while it does not lead. */
  get current(): Leader | null {
    return this.#role.current;
  }

  start(): void {
    this.#candidate.start();
  }

  /** This node becomes leader no more. A leadership that it has goes on. */
  stop(): void {
    this.#candidate.stop();
  }

  announce(member: Member, authenticated: boolean): void {
    this.current?.announce(member, authenticated);
  }

  async adjust(adjustment: Adjustment): Promise<AdjustmentOutcome> {
    return this.current?.adjust(adjustment) ?? { done: false, reason: "no-leader" };
  }

  /** Whether the leader of `epoch` is alive, as far as this node can tell without a stream of it. */
  isAlive(epoch: number): Promise<boolean> {
    return this.#takeOver.isAlive(epoch);
  }

  /** The leader of `epoch` is obeyed from now on. */
  heard(epoch: number): void {
    this.#takeOver.heard(epoch);
    this.#candidate.leaderHeard();
  }

  /** The stream of the leader that was obeyed ended, and it had not resigned. */
  lost(epoch: number): void {
    this.#candidate.leaderLost(epoch);
  }

  resigned(): void {
    this.#candidate.leaderResigned();
  }
}
