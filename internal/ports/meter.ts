/** Receives events that metrics count. Numbers that can be read at any time are in `Statistics`. */
export interface Meter {
  round(outcome: RoundOutcome): void;
  stage(stage: RoundStage, seconds: number): void;
  /** A batch that the ledger cannot count as it is. */
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
/** `malformed`: the batch's counts do not add up. `gap`: it begins past the ledger's watermark for its log. */
export type RefusedVerdict = "malformed" | "gap";
