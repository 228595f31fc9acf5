/** What the leader says about one node; also the row that people see. */
export interface NodeRow {
  readonly id: string;
  readonly name: string;
  /** Where its pages are: `http://host:port`. */
  readonly url: string;
  /** Where its peers reach it: `host:port`. */
  readonly peerAddress: string;
  readonly region: string;
  readonly state: NodeState;
  /** Hits that this process has acknowledged since it started. */
  readonly hits: number;
  /** Those of them that a snapshot has shown committed to the node. */
  readonly committed: number;
  /** Acknowledged hits that the ledger did not have yet when the node last answered. */
  readonly pending: number;
  /** Pages that were open on this node when it last answered; 0 once it has missed two rounds or its stream broke. */
  readonly active: number;
  /** Wall-clock milliseconds of its last word to the leader, or null when the leader never heard it. */
  readonly heardAt: number | null;
  /** Whether it can keep another node's remains on disk. */
  readonly durable: boolean;
}

/**
 * - `counting`: answers and takes hits
 * - `draining`: answers, takes no more hits
 * - `refusing`: answers, takes no hits until its data directory, which was deleted or moved, could be made anew
 * - `lagging`: was heard, and its last word is older than three rounds
 * - `unreachable`: listed, does not answer
 * - `foreign`: knows another ledger and is not collected
 */
export type NodeState = "counting" | "draining" | "refusing" | "lagging" | "unreachable" | "foreign";

/**
 * - `ok`: the last round's transaction, if it needed one, was committed
 * - `away`: the store does not answer
 * - `locked`: another process holds the embedded store's write lock
 * - `full`: the store refuses writes for want of space (etcd NOSPACE, disk full)
 * - `founding`: there is no ledger yet, and the leader makes sure that nobody knows one
 * - `lost`: the store's ledger is missing or older than one that nodes have seen; only `adopt` goes on from here
 * - `corrupt`: the ledger does not add up or has an unknown format; the leader will not write
 */
export type StoreState = "ok" | "away" | "locked" | "full" | "founding" | "lost" | "corrupt";

/** What changed in the cluster since the leader's last word on this stream; the first carries every node. */
export interface ClusterChange {
  readonly leader: string;
  readonly epoch: number;
  readonly store: StoreState;
  /** A sentence for people when `store` is not `ok`; empty otherwise. */
  readonly storeDetail: string;
  /** Wall-clock milliseconds when the ledger was last known to be current, or 0 if it never was. */
  readonly asOf: number;
  /** Milliseconds between rounds as things stand (longer than configured when the write budget stretches it). */
  readonly interval: number;
  /** Pages that are open on all nodes together. The rows of many nodes arrive in turn; this is of now. */
  readonly active: number;
  readonly full: boolean;
  readonly nodes: readonly NodeRow[];
  readonly left: readonly string[];
}

/** The cluster as one node sees it. */
export interface ClusterView {
  /** Id of the leader that was last heard, or null. */
  readonly leader: string | null;
  readonly epoch: number;
  readonly ledger: { readonly id: string; readonly version: number } | null;
  readonly store: StoreState | "unknown";
  readonly storeDetail: string;
  readonly asOf: number;
  /** Milliseconds since this node last heard a leader, or null when it never did. */
  readonly leaderSilence: number | null;
  readonly interval: number;
  /** Pages that are open on all nodes together, as the leader last said. */
  readonly active: number;
  readonly nodes: readonly NodeRow[];
}
