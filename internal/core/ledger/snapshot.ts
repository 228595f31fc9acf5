import type { ClusterChange } from "../cluster/cluster_view.ts";
import type { LedgerPosition, SourceId } from "../log/batch.ts";

/** A person's decision to go on with a store that was wiped or restored: nodes that know `ledger` may follow `next`. */
export interface Adoption {
  /** The ledger that nodes knew before. */
  readonly ledger: string;
  /** The ledger that the adopting transaction made. */
  readonly next: string;
  /** The version that it wrote. */
  readonly version: number;
  /**
   * Whether what was offered to `ledger` is in `next` only as far as `next` has watermarks for it. If not, because `next` may have followed
   * it by a way that is forgotten, nodes may join, but what they offered before cannot be counted any more.
   */
  readonly clean: boolean;
}

/** Committed totals of one counter, by region. */
export interface CounterTotals {
  readonly counter: string;
  readonly regions: ReadonlyMap<string, bigint>;
}

/** How much a node may add to the ledger's size before it hears otherwise. */
export interface Share {
  readonly counters: number;
  readonly bytes: number;
}

/** The ledger's part of a publication: the same object for every node that gets the same change. */
export interface LedgerChange {
  readonly ledger: LedgerPosition;
  /** `totals` holds every counter that changed after this version; null means all counters. */
  readonly since: number | null;
  readonly totals: readonly CounterTotals[];
  readonly prunedTo: number;
  readonly adoptions: readonly Adoption[];
  readonly share: Share;
}

/** A watermark in the published version; null when the ledger does not know the source. */
export interface ShownWatermark {
  readonly source: SourceId;
  readonly watermark: number | null;
  /** Whether the ledger holds this source as ended. */
  readonly ended: boolean;
}

/** What the leader sends every node after a round. The part in `shared` is one object for many nodes, so that it can be encoded once. */
export interface Publication {
  readonly shared: {
    readonly cluster: ClusterChange;
    /** Null while there is no ledger to speak of (founding, lost, corrupt). */
    readonly ledger: LedgerChange | null;
  };
  /** For each source that the node listed in its last word. */
  readonly watermarks: readonly ShownWatermark[];
}
