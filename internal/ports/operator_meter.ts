/** What the operator tells the metrics while it works. What can be read off later, is (see `OperatorStatistics`). */
export interface OperatorMeter {
  reconciled(outcome: ReconcileOutcome, seconds: number): void;
  /** Acknowledged hits were lost with a counter pod: exactly so many, or at most those that it had pending when it was last heard. */
  lost(hits: number): void;
}

/**
 * - `done`: what is there is what is wanted
 * - `waiting`: for something that passes by itself
 * - `refused`: the API server refuses something of it
 * - `failed`: the API server was not reached, or was too busy
 */
export type ReconcileOutcome = "done" | "waiting" | "refused" | "failed";

/** Plain numbers that the metrics read when they are scraped. */
export interface OperatorStatistics {
  /** CounterClusters that it serves. */
  readonly resources: number;
  /** Of them, those that wait for a worker. */
  readonly waiting: number;
  /** Of them, those whose last turn failed. */
  readonly failing: number;
  /** Kinds of objects whose lists have not been read yet, or cannot be at the moment. */
  readonly unread: number;
  /** Events on their way to the API server. */
  readonly events: number;
}
