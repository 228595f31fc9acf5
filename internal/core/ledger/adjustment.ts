import type { KeyId } from "../keys/idempotency_key.ts";

/** Largest total that an adjustment may make. */
export const MAX_ADJUSTED_TOTAL = 2n ** 63n - 1n;
/** Most lines of an import that are one adjustment. */
export const MAX_IMPORT_LINES = 2_000;
/** Longest reason, in characters. */
export const MAX_REASON_LENGTH = 500;

/** What a person with the right `admin` has done to counters, in one step. */
export interface Adjustment {
  /** All adjustments with one key are done once. */
  readonly key: KeyId;
  /** Who asked for it: a token's name, or `admin port`. */
  readonly who: string;
  /** Why, in the person's words; may be empty. */
  readonly reason: string;
  readonly change: AdjustmentChange;
}

export type AdjustmentChange = SetCounter | DeleteCounter | ImportCounters | SetLink | RemoveLink;

/** Clears all regions of a counter, and puts `value` into one. */
export interface SetCounter {
  readonly action: "set";
  readonly counter: string;
  readonly value: bigint;
  /** Null: `other`. */
  readonly region: string | null;
  /** The generation that it was decided on; null: any. */
  readonly ifMatch: number | null;
}

/** Removes a counter. A hit makes it again, in a new generation. */
export interface DeleteCounter {
  readonly action: "delete";
  readonly counter: string;
  readonly ifMatch: number | null;
}

/** One part of an import: all of its lines or none. */
export interface ImportCounters {
  readonly action: "import";
  /** `add`: adds to what is there. `absent`: sets counters that do not exist, and skips the others. */
  readonly mode: "add" | "absent";
  /** Number of its first line in the import, from 1. */
  readonly line: number;
  readonly lines: readonly ImportLine[];
}

/** Lets `GET /go/{counter}` lead to `url`. The counter is made if it does not exist, so that the first visitor needs no right to create it. */
export interface SetLink {
  readonly action: "link";
  readonly counter: string;
  /** As `destinationOf` writes it (`core/links/destination.ts`). */
  readonly url: string;
}

/** Removes a link. Its counter stays. */
export interface RemoveLink {
  readonly action: "unlink";
  readonly counter: string;
}

export interface ImportLine {
  readonly counter: string;
  readonly value: bigint;
  /** Null: `other`. */
  readonly region: string | null;
}

/** What was done, as the ledger keeps it (entry `audit/<key>`). */
export interface AuditEntry {
  readonly key: KeyId;
  /** The leader's wall clock, in milliseconds since 1970. */
  readonly at: number;
  readonly who: string;
  readonly reason: string;
  readonly action: AdjustmentChange["action"];
  /** Null: a part of an import. */
  readonly counter: string | null;
  /** The counter's total before, in all regions; of an import, the sum over its counters. A link changes no total. */
  readonly before: bigint;
  readonly after: bigint;
  /** The version that did it. It is the counter's generation from then on; counters that were linked, and those to which an import added, keep theirs. */
  readonly generation: number;
  /** Only of a part of an import. */
  readonly imported: ImportedPart | null;
  /** Only of a link. */
  readonly linked: LinkChange | null;
  /** Tells this adjustment from another one with the same key. */
  readonly content: string;
}

/** Where a link led before and leads now; null: there was none, or is none. */
export interface LinkChange {
  readonly from: string | null;
  readonly to: string | null;
}

export interface ImportedPart {
  readonly line: number;
  readonly lines: number;
  /** Counters that it changed. */
  readonly counters: number;
  /** Lines whose counter was there already, in the mode `absent`. */
  readonly skipped: number;
}
