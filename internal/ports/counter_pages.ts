import type { NodeState, StoreState } from "../core/cluster_view.ts";

/** What a counter node serves over HTTP, as its client sees it. */
export interface CounterPages {
  /** What the node at `host:port` knows of its cluster and of one counter. Throws CounterPagesError. */
  read(address: string, counter: string): Promise<NodeAccount>;
}

/** One node's word about its cluster. */
export interface NodeAccount {
  /** Id of the leader that this node heard last, or null. */
  readonly leader: string | null;
  /** Seconds since it heard one; null: never. */
  readonly leaderSilence: number | null;
  readonly ledger: string | null;
  readonly version: number | null;
  readonly store: StoreState | "unknown";
  readonly storeDetail: string;
  /** Seconds since the totals here were known to be current; null before the first. */
  readonly age: number | null;
  /** Committed total of the counter; null while the node does not know it. */
  readonly total: bigint | null;
  readonly nodes: readonly NodeInAccount[];
}

export interface NodeInAccount {
  readonly id: string;
  readonly name: string;
  readonly state: NodeState;
  /** Acknowledged and not committed yet. */
  readonly pending: number;
}

/** The node did not answer, or not in words that we understand. */
export class CounterPagesError extends Error {
  override readonly name = "CounterPagesError";
}
