/** One node as the leader reports it, and as people see it: a row of the page's table. */
export interface NodeRow {
  readonly id: string;
  readonly name: string;
  /** Address of its pages: `http://host:port`. */
  readonly url: string;
  /** Address for its peers: `host:port`. */
  readonly peerAddress: string;
  readonly region: string;
  readonly state: NodeState;
  /** Hits that this process has acknowledged since it started. */
  readonly hits: number;
  /** Those of `hits` that a snapshot has shown the node as committed. */
  readonly committed: number;
  /** Acknowledged hits that the ledger did not have when the node last reported. */
  readonly pending: number;
  /** Pages open on this node when it last reported; 0 once it has missed two rounds or its stream broke. */
  readonly active: number;
  /** Wall-clock milliseconds of its last report to the leader; null if the leader never heard it. */
  readonly heardAt: number | null;
  /** Whether it has a data directory that is not missing, and so can keep another node's logs on disk. */
  readonly durable: boolean;
}

/**
 * - `counting`: replies, and takes hits
 * - `draining`: replies, and takes no more hits
 * - `refusing`: replies, and takes no hits until its data directory, which was deleted or moved, is created again
 * - `lagging`: connected, but its last report is older than three rounds
 * - `unreachable`: listed, but does not reply
 * - `foreign`: knows another ledger and is not collected
 */
export type NodeState = "counting" | "draining" | "refusing" | "lagging" | "unreachable" | "foreign";

/**
 * - `ok`: the last round's transaction was committed, or the round needed none
 * - `away`: the store does not respond
 * - `locked`: another process holds the embedded store's write lock
 * - `full`: the store refuses writes because it has no space left (etcd NOSPACE, disk full)
 * - `founding`: there is no ledger yet; the leader asks every node whether it knows one
 * - `lost`: the store's ledger is missing, or older than one that nodes have seen; counting into it continues only after `adopt`
 * - `corrupt`: the ledger does not add up or has an unknown format; the leader will not write
 */
export type StoreState = "ok" | "away" | "locked" | "full" | "founding" | "lost" | "corrupt";

/** What changed in the cluster since the leader's last message on this stream. The first one carries every node. */
export interface ClusterChange {
  readonly leader: string;
  readonly epoch: number;
  readonly store: StoreState;
  /** A sentence for people when `store` is not `ok`, or when it is nearly full; empty otherwise. */
  readonly storeDetail: string;
  /** Wall-clock milliseconds when the ledger was last known to be current; 0 if it never was. */
  readonly asOf: number;
  /** Milliseconds between rounds now. The write budget may make this longer than configured. */
  readonly interval: number;
  /** Pages open on all nodes together. In a large cluster this is newer than the rows, which arrive a few at a time. */
  readonly active: number;
  /** Whether `nodes` holds every node, and not only those that changed. */
  readonly full: boolean;
  readonly nodes: readonly NodeRow[];
  /** Ids of nodes that are no longer listed. */
  readonly left: readonly string[];
}

/** The cluster as one node sees it. */
export interface ClusterView {
  /** Id of the last leader that this node heard; null if it resigned or fell silent, or none was heard. */
  readonly leader: string | null;
  readonly epoch: number;
  readonly ledger: { readonly id: string; readonly version: number } | null;
  readonly store: StoreState | "unknown";
  /** A sentence for people when `store` is not `ok`; empty otherwise. */
  readonly storeDetail: string;
  /** Wall-clock milliseconds when the ledger was last known to be current; 0 if it never was. */
  readonly asOf: number;
  /** Milliseconds since this node last heard a leader; null if it never did. */
  readonly leaderSilence: number | null;
  /** Milliseconds between rounds, as the leader last said; 0 before it did. */
  readonly interval: number;
  /** Pages open on all nodes together, as the leader last said. */
  readonly active: number;
  readonly nodes: readonly NodeRow[];
}
