/** Receives events that the operator's metrics count. Numbers that can be read at any time are in `OperatorStatistics`. */
export interface OperatorMeter {
  reconciled(outcome: ReconcileOutcome, seconds: number): void;
  /** Acknowledged hits were lost with a counter pod: the exact number, or at most what it had pending when it was last heard. */
  lost(hits: number): void;
}

/**
 * - `done`: all objects are as wanted
 * - `waiting`: something must pass first, and will without help
 * - `refused`: the API server refuses one of the objects
 * - `failed`: the API server was not reached, or was too busy
 */
export type ReconcileOutcome = "done" | "waiting" | "refused" | "failed";

/** Plain numbers, which metrics read when they are scraped. */
export interface OperatorStatistics {
  /** CounterClusters that the operator serves. */
  readonly resources: number;
  /** Those of `resources` that wait for a worker. */
  readonly waiting: number;
  /** Those of `resources` whose last reconcile failed. */
  readonly failing: number;
  /** Kinds of objects whose lists have not been read yet, or cannot be read now. */
  readonly unread: number;
  /** Events that wait to be sent to the API server. */
  readonly events: number;
}
