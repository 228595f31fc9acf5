import type { ClusterView } from "../core/cluster/cluster_view.ts";
import type { SecondsOfHits } from "../core/cluster/hit_history.ts";
import type { CounterTotals } from "../core/ledger/snapshot.ts";
import type { SourceId } from "../core/log/batch.ts";

/** What a node offers to those who count and those who look; the HTTP adapter is its client. */
export interface Counting {
  readonly nodeId: string;
  readonly name: string;
  /**
   * Counts `by` hits of a well-formed counter name (`core/names.ts`). `done` is called once, in this event-loop turn or at its end,
   * when the hits are in the journal (the response may leave) or are refused (they are not counted).
   */
  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void;
  /** Undefined for a counter that nobody has counted, as far as this node knows. */
  read(counter: string): CounterReading | undefined;
  /** Up to `limit` committed counters after the name `after`, in order of their code units. */
  list(after: string, limit: number): readonly CounterTotals[];
  /** All counters together; null until the node has heard its first snapshot. */
  sum(): CommittedSum | null;
  /** Committed hits in each of up to 300 past seconds, as far as they are known. */
  history(counter: string): SecondsOfHits;
  /** True once the ledger has everything up to `receipt`, false at the deadline. */
  committed(receipt: Receipt, deadlineMs: number): Promise<boolean>;
  cluster(): ClusterView;
  statistics(): Statistics;
  /** How many pages are open here now; the cluster hears it with this node's next answer. */
  watched(pages: number): void;
  /** Wants traffic: false while draining, and once halted. */
  ready(): boolean;
  /** False once halted by a broken invariant: only a new process can count again. */
  healthy(): boolean;
  /** True while hits are refused because the data directory is missing. */
  refusing(): boolean;
  /** Calls `listener` after each publication (and after local changes of state) until the returned function is called. */
  onRound(listener: () => void): () => void;
}

export type HitOutcome =
  | { readonly accepted: true; readonly value: CounterValue; readonly receipt: Receipt }
  | {
      readonly accepted: false;
      readonly reason: "draining" | "journal" | "too-many-counters" | "not-allowed" | "halted";
    };

/** Where in which log a hit is. */
export interface Receipt {
  readonly source: SourceId;
  readonly offset: number;
}

export interface CounterValue {
  readonly counter: string;
  /** `committed + pending`; null until the node has heard its first snapshot. */
  readonly value: bigint | null;
  readonly committed: bigint | null;
  /** Acknowledged here and not in any snapshot that this node has adopted. */
  readonly pending: number;
}

export interface CounterReading extends CounterValue {
  /** Committed totals by region. */
  readonly regions: ReadonlyMap<string, bigint>;
  /** Ledger version of `committed`, or null. */
  readonly version: number | null;
  /** Wall-clock milliseconds when the ledger was last known to be current, or null. */
  readonly asOf: number | null;
}

/** One counter's committed hits. */
export interface CommittedTotal {
  readonly counter: string;
  readonly committed: bigint;
}

export interface CommittedSum {
  /** Committed hits of all counters. */
  readonly total: bigint;
  /** Up to 20 counters, those with the most committed hits first. */
  readonly largest: readonly CommittedTotal[];
}

/** Plain numbers that the metrics read when they are scraped. */
export interface Statistics {
  readonly accepted: number;
  /** Those of `accepted` that a snapshot has shown committed. */
  readonly committed: number;
  readonly pending: number;
  /** Pages that are open on this node. */
  readonly active: number;
  readonly leading: boolean;
  readonly journalErrors: number;
  /** How often the data directory was found missing. */
  readonly directoryLosses: number;
  readonly indeterminate: number;
  /** Invariants that this process found broken; after the first it takes no more hits. */
  readonly brokenInvariants: number;
  /** Seconds since the newest adopted snapshot was known to be current, or null before the first. */
  readonly snapshotAge: number | null;
}
