/** What the services tell the metrics while they work. What can be read off later, is (see `Statistics`). */
export interface Meter {
  round(outcome: RoundOutcome): void;
  stage(stage: RoundStage, seconds: number): void;
  /** A batch that no round will count as it is. */
  refusedBatch(verdict: RefusedVerdict): void;
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
/** Its counts do not add up; it does not begin where the ledger has its log up to. */
export type RefusedVerdict = "malformed" | "gap";
