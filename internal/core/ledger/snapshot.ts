import type { ClusterChange } from "../cluster/cluster_view.ts";
import type { DayChanges } from "../days/day_changes.ts";
import type { Hour } from "../days/hour.ts";
import type { KeyedVerdicts } from "../keys/keyed_hit.ts";
import type { Links } from "../links/links.ts";
import type { LedgerPosition, SourceId } from "../log/batch.ts";
import type { MarkLedger, MarkVerdicts } from "../marks/mark.ts";

/** A person's decision to continue with a store that was wiped or restored: nodes that know `ledger` may follow `next`. */
export interface Adoption {
  /** Id of the ledger that nodes knew before. */
  readonly ledger: string;
  /** Id of the ledger that the adopting transaction made. */
  readonly next: string;
  /** Version that this transaction wrote. */
  readonly version: number;
  /**
   * Whether the watermarks of `next` cover every hit of logs offered to `ledger` that its totals have. False if `next` may have followed
   * `ledger` before, by adoptions that are forgotten. Nodes may then join, but logs that they offered before cannot be counted any more.
   */
  readonly clean: boolean;
}

/** Committed totals of one counter, by region. Without a region there is no such counter. */
export interface CounterTotals {
  readonly counter: string;
  readonly regions: ReadonlyMap<string, bigint>;
  /** The version that began this counter's present count; absent or 0 if nobody knows it, or there is no such counter. Only a later one may show less. */
  readonly generation?: number;
}

/** How much a node may add to the ledger before it hears the next snapshot: new counters, and bytes of their names and regions. */
export interface Share {
  readonly counters: number;
  readonly bytes: number;
}

/** What a ledger does with keyed hits. */
export interface KeyedLedger {
  /** Keys at or before this time are forgotten, in milliseconds since 1970. Null: no keyed hit may be counted yet. */
  readonly forgottenTo: number | null;
  /** Names of some of the nodes that must be upgraded before one may be. */
  readonly waitsFor: readonly string[];
}

/**
 * The ledger's part of a publication. Nodes that get the same change get the same object. `hours`: for each hour that changed after `since`, the
 * hits of counters in `totals`. `cuts`: their last deletions.
 */
export interface LedgerChange extends DayChanges {
  readonly ledger: LedgerPosition;
  /** `totals` holds every counter that changed after this version; null: all counters. */
  readonly since: number | null;
  readonly totals: readonly CounterTotals[];
  readonly prunedTo: number;
  readonly adoptions: readonly Adoption[];
  readonly share: Share;
  /** Absent: the leader does not know keyed hits. */
  readonly keyed?: KeyedLedger | null;
  /** Absent while no visitors may be counted. */
  readonly marks?: MarkLedger | undefined;
  /** All links, if they changed after `since`. Absent: they did not, or with `since` null, there are none. */
  readonly links?: Links | undefined;
  /** For a node that gets its copy of all totals part by part. With `since` null, it begins here. */
  readonly copy?: CopyPart | undefined;
  /** The format of the ledger; absent: 1. From 2 on, names of counters may have parts: no node is left that refuses them. */
  readonly format?: number | undefined;
  /** Hours before this one are dropped. Absent: none. */
  readonly hoursFrom?: Hour | undefined;
}

/** A part of a copy. `totals` of its change also hold every counter of these pages. */
export interface CopyPart {
  /** The first of its pages. After the last page comes page 0. */
  readonly first: number;
  /** How many pages this part has; 0: none. */
  readonly pages: number;
  /** How many pages make a whole copy. */
  readonly of: number;
  /** The sum of all totals, also of those that the node has not heard of yet. */
  readonly sum: bigint;
}

/** A source in the published version. */
export interface ShownWatermark {
  readonly source: SourceId;
  /** Null if the ledger does not know the source. */
  readonly watermark: number | null;
  /** Whether this source has ended in the ledger. */
  readonly ended: boolean;
}

/** What the leader sends each node after a round. `shared` is one object for many nodes, so that it is encoded once. */
export interface Publication {
  readonly shared: {
    readonly cluster: ClusterChange;
    /** Null while the leader has no ledger that may be written (founding, lost, corrupt). */
    readonly ledger: LedgerChange | null;
  };
  /** For each source in the node's last report. */
  readonly watermarks: readonly ShownWatermark[];
  /** What became of keyed hits that the node offered. Absent: there is nothing to say. */
  readonly verdicts?: KeyedVerdicts | null;
  /** What was decided about marks that the node offered. Absent: there is nothing to say. */
  readonly marks?: MarkVerdicts | null;
}
