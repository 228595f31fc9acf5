import type { ClusterView } from "../core/cluster/cluster_view.ts";
import type { SecondsOfHits } from "../core/cluster/hit_history.ts";
import type { Day, Hour } from "../core/days/hour.ts";
import type { HourHits } from "../core/days/kept_days.ts";
import type { KeyId } from "../core/keys/idempotency_key.ts";
import type { CounterTotals } from "../core/ledger/snapshot.ts";
import type { SourceId } from "../core/log/batch.ts";
import type { Visitor } from "../core/marks/mark.ts";
import type { PeriodKind } from "../core/marks/period.ts";

/** A node's service to visitors: it counts hits and reads totals. The HTTP adapter is its client. */
export interface Counting {
  readonly nodeId: string;
  readonly name: string;
  /**
   * Counts `by` hits of `counter`. The caller checks both (`core/names.ts`). `done` is called once, in this turn of the event loop or at
   * its end: either the hits are in the journal and may be acknowledged, or they are refused and will not be counted.
   */
  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void;
  /**
   * The same for a request with an idempotency key: all requests with one key count once, whichever nodes they reach. `done` is called
   * once: when the hits are committed, when it is known that they are not, or after ten seconds.
   */
  keyedHit(counter: string, by: number, key: KeyId, done: (outcome: KeyedOutcome) => void): void;
  /**
   * Counts one hit of each of `counters`, all or none of them: they are in one write to the journal, whatever happens to this process.
   * Otherwise like `hit`. The caller names each counter once.
   */
  hitEach(counters: readonly string[], done: (outcome: HitsOutcome) => void): void;
  /**
   * Counts a visitor of `counter`, once in the present day or hour, whichever nodes it comes to. Nobody waits for that. It may not be
   * counted, for example if this process dies within a second: then the visitor's next view counts it.
   */
  mark(counter: string, kind: PeriodKind, visitor: Visitor): void;
  /** Undefined if no hit of this counter is known to this node. While a copy of all totals is under way, its total is unknown instead. */
  read(counter: string): CounterReading | undefined;
  /** Whether a hit of this counter is known to this node, one of this turn included. Every hit asks this, so it must be quick. */
  knows(counter: string): boolean;
  /** Whether a hit would be refused at once, with this key or without one. Rates are for those that would not. */
  refuses(counter: string, key: KeyId | null): boolean;
  /**
   * Whether this node has heard of all counters. If not, it does not know the total of one that it has not heard of, and lists lack some.
   * False before the first snapshot, and while a new node gets its copy of all totals.
   */
  complete(): boolean;
  /** Whether this node is new and not `complete`, for half a minute at most: traffic should go to other nodes. */
  catchingUp(): boolean;
  /** Up to `limit` committed counters after the name `after`, in order of their code units. */
  list(after: string, limit: number): readonly CounterTotals[];
  /** All counters together; null before the first snapshot. */
  sum(): CommittedSum | null;
  /** Committed hits in each of up to 300 past seconds, as far as this node knows them. */
  history(counter: string): SecondsOfHits;
  /**
   * Committed hits of a counter by UTC hour, from the hour `from` on and before `to`. Like `read`, it needs no store once this node has the
   * days. "loading": it has not yet, or they are being read anew. "upgrading": the ledger is of format 1, which has no days.
   */
  hitsByHour(counter: string, from: Hour, to: Hour): HitsByHour | "loading" | "upgrading";
  /**
   * The counters with the most committed hits of a UTC day, most first: up to 100, and none without hits. `committed` is what the day has.
   * Null: this node does not know them, as `hitsByHour` says, or lost sight of them.
   */
  busiest(day: Day): Promise<readonly CommittedTotal[] | null>;
  /** Resolves to true once a snapshot shows everything up to `receipt` committed; to false after `deadlineMs`, or if no such log is held here. */
  committed(receipt: Receipt, deadlineMs: number): Promise<boolean>;
  cluster(): ClusterView;
  statistics(): Statistics;
  /** Sets the number of pages that are open on this node. The leader learns it from the next report. */
  watched(pages: number): void;
  /** Whether traffic may be routed here. False while draining, and once halted. */
  ready(): boolean;
  /** False once a broken invariant has halted the node: only a new process can count again. */
  healthy(): boolean;
  /** Whether hits are refused because the data directory is missing. */
  refusing(): boolean;
  /** Calls `listener` after each publication and each local change of state, until the returned function is called. */
  onRound(listener: () => void): () => void;
}

export type HitOutcome =
  | { readonly accepted: true; readonly value: CounterValue; readonly receipt: Receipt }
  | HitRefusal;

export interface HitRefusal {
  readonly accepted: false;
  readonly reason: "draining" | "journal" | "too-many-counters" | "not-allowed" | "halted" | "upgrading";
}

/** `values` and `counters` have the same order. `counter`: the one because of which all are refused. */
export type HitsOutcome =
  | { readonly accepted: true; readonly values: readonly CounterValue[]; readonly receipt: Receipt }
  | (HitRefusal & { readonly counter: string });

export type KeyedOutcome =
  /** `duplicate`: it was counted before, perhaps by an earlier offer of this very request. */
  { readonly accepted: true; readonly duplicate: boolean; readonly value: CounterValue } | KeyedRefusal;

/** `counted` speaks of this request alone. Earlier ones with the same key may have been counted. */
export type KeyedRefusal = (Pick<HitRefusal, "accepted" | "reason"> | KeyedReason) & {
  readonly accepted: false;
  readonly counted: false | "unknown";
};

/**
 * - `expired`: the ledger has forgotten keys of this time
 * - `reused`: another request with this key was counted, for another counter or another number of hits
 * - `store-away`: the store is known to take no commits
 * - `too-many-waiting`: as many requests wait here as may
 * - `not-answered`: no leader said in time what became of it
 * - `no-keys-yet`: the cluster has nodes that do not know keys, or had some a moment ago
 */
type KeyedReason =
  | { readonly reason: "expired" | "reused" | "store-away" | "too-many-waiting" | "not-answered" }
  | { readonly reason: "no-keys-yet"; readonly waitsFor: readonly string[] };

/** A hit's place: the log, and the offset after it. */
export interface Receipt {
  readonly source: SourceId;
  readonly offset: number;
}

export interface CounterValue {
  readonly counter: string;
  /** `committed + pending`; null before the first snapshot. */
  readonly value: bigint | null;
  readonly committed: bigint | null;
  /** Hits acknowledged here that no snapshot covers yet. */
  readonly pending: number;
}

export interface CounterReading extends CounterValue {
  /** Committed totals by region. */
  readonly regions: ReadonlyMap<string, bigint>;
  /** The version that began the committed count; 0: nobody knows it, or nothing is committed. Only a later one may show less. */
  readonly generation: number;
  /** Ledger version of `committed`; null before the first snapshot. */
  readonly version: number | null;
  /** Wall-clock milliseconds when the ledger was last known to be current; null before the first snapshot. */
  readonly asOf: number | null;
}

/** Hits of one counter by UTC hour. */
export interface HitsByHour {
  /** The hours with hits, in order. */
  readonly hits: readonly HourHits[];
  /** The first hour that the ledger keeps, of any counter: hits before it are in totals only. Null: it keeps none yet. */
  readonly since: Hour | null;
  /** Ledger version that has these hits. */
  readonly version: number;
  /** Wall-clock milliseconds when the ledger was last known to be at that version. */
  readonly asOf: number;
}

/** One counter's committed hits. */
export interface CommittedTotal {
  readonly counter: string;
  readonly committed: bigint;
}

export interface CommittedSum {
  /** Committed hits of all counters. */
  readonly total: bigint;
  /** Upper bound of the bytes that all committed totals take in the store. */
  readonly bytes: number;
  /** Up to 100 counters with the most committed hits, largest first. */
  readonly largest: readonly CommittedTotal[];
}

/** What a request with a key was answered. `refused`: not counted, and it may be sent again. `unknown`: nobody said in time. */
export type KeyedAnswer = "counted" | "duplicate" | "reused" | "expired" | "refused" | "unknown";

/**
 * What became of the mark of a visitor that was new to this node:
 *
 * - `decided`: the ledger has it, or has forgotten its period
 * - `refused`: the ledger keeps as many marks as it may
 * - `no_room`: as many marks wait here as may, or the counter would be one too many
 * - `no_secret`: this node does not have the secret of the day
 */
export type MarkResult = "decided" | "refused" | "no_room" | "no_secret";

/** Plain numbers, which metrics read when they are scraped. */
export interface Statistics {
  /** Hits that this process has acknowledged. */
  readonly accepted: number;
  /** Those of `accepted` that a snapshot has shown committed. */
  readonly committed: number;
  /** Hits in the logs held here that no snapshot covers, without indeterminate ones. */
  readonly pending: number;
  /** Pages that are open on this node. */
  readonly active: number;
  readonly leading: boolean;
  readonly journalErrors: number;
  /** Times that the data directory was found missing. */
  readonly directoryLosses: number;
  /** Hits that the ledger may or may not have. */
  readonly indeterminate: number;
  /** Requests with a key that this process has answered. */
  readonly keyedAnswers: Readonly<Record<KeyedAnswer, number>>;
  /** Requests with a key that wait for an answer. */
  readonly keyedWaiting: number;
  /** Keys that the ledger keeps; null unless this node leads. */
  readonly keysKept: number | null;
  readonly markResults: Readonly<Record<MarkResult, number>>;
  /** Marks that wait for a leader's decision. */
  readonly marksWaiting: number;
  /** Visits that wait for the secret of their day, without which they have no mark. */
  readonly earlyVisits: number;
  /** Marks that the ledger keeps; null unless this node leads. */
  readonly marksKept: number | null;
  /** Broken invariants that this process found. After the first it takes no more hits. */
  readonly brokenInvariants: number;
  /** Seconds since the newest adopted snapshot was known to be current; null before the first. */
  readonly snapshotAge: number | null;
}
