/** What the services tell the metrics while they work. What can be read off later, is (see `Statistics`). */
export interface Meter {
  round(outcome: RoundOutcome): void;
  stage(stage: RoundStage, seconds: number): void;
  /** A batch that no round will count as it is. */
  refusedBatch(verdict: RefusedVerdict): void;
  /** A log that lives in two data directories. */
  copiedLog(): void;
}

export type RoundOutcome =
  | "committed"
  | "idle"
  | "refused"
  | "unknown"
  | "store_away"
  | "store_full"
  | "store_lost"
  | "corrupt";
export type RoundStage = "collect" | "commit" | "publish";
/** See `BatchVerdict`. */
export type RefusedVerdict = "malformed" | "gap" | "foreign" | "indeterminate";
