import type { AdjustmentChange } from "../core/ledger/adjustment.ts";

/** Receives events that metrics count. Numbers that can be read at any time are in `Statistics`. */
export interface Meter {
  round(outcome: RoundOutcome): void;
  stage(stage: RoundStage, seconds: number): void;
  /** A batch that the ledger cannot count as it is. */
  refusedBatch(verdict: RefusedVerdict): void;
  /** A log that lives in two data directories. */
  copiedLog(): void;
  /** An adjustment, or a part of an import, that this leader did, once it is known to be committed. */
  adjusted(action: AdjustedAction): void;
  /** A day of hits by hour that this leader dropped. */
  droppedDay(): void;
  /** Share of its space that the store uses; null: it does not tell. Only a leader says so. */
  storeUsed(share: number | null): void;
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
export type AdjustedAction = AdjustmentChange["action"];
export type RoundStage = "collect" | "commit" | "publish";
/** Verdicts of batches that are not counted; see `BatchVerdict`. */
export type RefusedVerdict = "malformed" | "gap" | "foreign" | "indeterminate" | "unconverted";
