import type { ClusterView, NodeRow } from "../../core/cluster/cluster_view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Statistics } from "../../ports/counting.ts";
import type { Member } from "../../ports/discovery.ts";
import type { DirectoryWatch } from "../counter/directory_watch.ts";
import { withOwnRow } from "../counter/own_row.ts";
import type { FailStop } from "./fail_stop.ts";
import type { NodeCounting } from "./node_counting.ts";
import type { NodeLeading } from "./node_leading.ts";

export interface NodeViewDeps {
  readonly self: Member;
  readonly clock: Clock;
  readonly counting: NodeCounting;
  readonly leading: NodeLeading;
  readonly failStop: FailStop;
  /** Null: memory only. */
  readonly directory: DirectoryWatch | null;
  readonly draining: () => boolean;
}

/** What a node says of itself and of the cluster: for pages, metrics and the leader. */
export class NodeView {
  readonly #deps: NodeViewDeps;
  /** Pages that are open on this node. */
  active = 0;

  constructor(deps: NodeViewDeps) {
    this.#deps = deps;
  }

  /** Whether hits are refused because the data directory is missing. */
  get refusing(): boolean {
    const { directory } = this.#deps;
    return directory !== null && directory.missing !== null;
  }

  /** Whether hits are kept on disk. */
  get durable(): boolean {
    return this.#deps.directory !== null && !this.refusing;
  }

  /** See `Counting.cluster`. */
  cluster(): ClusterView {
    const { counters, clusterCache } = this.#deps.counting;
    return withOwnRow(clusterCache.view(counters.ledger), this.#ownRow(), this.#deps.leading.current !== null);
  }

  /** See `Counting.statistics`. */
  statistics(): Statistics {
    const { counting, leading, directory, failStop, clock } = this.#deps;
    const { hits, heldLogs, keyedHits, marks } = counting;
    const { currentAt } = counting.clusterCache;
    const leader = leading.current;
    return {
      accepted: hits.accepted,
      committed: hits.committed,
      pending: heldLogs.pending,
      active: this.active,
      leading: leader !== null,
      journalErrors: heldLogs.journalErrors,
      directoryLosses: directory?.losses ?? 0,
      indeterminate: heldLogs.indeterminate,
      keyedAnswers: keyedHits.answers,
      keyedWaiting: keyedHits.waiting,
      keysKept: leader?.keysKept ?? null,
      markResults: marks.results,
      marksWaiting: marks.waiting,
      earlyVisits: marks.early,
      marksKept: leader?.marksKept ?? null,
      brokenInvariants: failStop.broken,
      snapshotAge: currentAt === null ? null : (clock.monotonic() - currentAt) / 1000,
    };
  }

  #ownRow(): NodeRow {
    const { self, clock, draining } = this.#deps;
    const { accepted: hits, committed, pending, active } = this.statistics();
    const state = draining() ? "draining" : this.refusing ? "refusing" : "counting";
    return { ...self, state, hits, committed, pending, active, heardAt: clock.wall(), durable: this.durable };
  }
}
