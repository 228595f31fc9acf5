import type { KeyId } from "../core/keys/idempotency_key.ts";
import type { Adjustment, AuditEntry } from "../core/ledger/adjustment.ts";
import type { Links } from "../core/links/links.ts";

/** A node's service to people with the right `admin`: adjustments, and the audit of those that were done. */
export interface Adjusting {
  /**
   * Has the leader do one adjustment. The caller checks its fields (`core/ledger/adjustment.ts`, `core/names.ts`). Resolves when it is
   * committed, when it is known that it is not, or after ten seconds. All with one key are done once, so it may be sent again.
   */
  adjust(adjustment: Adjustment): Promise<AdjustmentOutcome>;
  /**
   * The newest adjustments, newest first by the time in their keys: at most `limit` of those before the key `after`; null: from the newest
   * on. Throws StoreError.
   */
  audit(after: KeyId | null, limit: number): Promise<AuditPage>;
  /** Hits of `counter` that this node has acknowledged and that no snapshot covers. After a reset they belong to the new count. */
  pending(counter: string): number;
  /** Where `GET /go/{counter}` leads, as of the newest snapshot; null before the first. */
  links(): Links | null;
}

export type AdjustmentOutcome =
  /** `duplicate`: it was done before, perhaps by an earlier attempt of this very request. `entry` is what was done then. */
  { readonly done: true; readonly duplicate: boolean; readonly entry: AuditEntry } | AdjustmentRefusal;

/** `done` speaks of this request and all earlier ones with its key. */
export type AdjustmentRefusal =
  /** The counter has another generation than `ifMatch`; 0: it does not exist, or nobody knows. */
  | { readonly done: false; readonly reason: "generation"; readonly generation: number }
  /** The counter would have more than 2^63 - 1. `line`: the line of an import. */
  | { readonly done: false; readonly reason: "too-large"; readonly counter: string; readonly line: number | null }
  /** Another adjustment was done with this key. */
  | { readonly done: false; readonly reason: "reused" }
  /** - `expired`: adjustments with keys of this time are no longer kept: nobody knows whether it was done
   *  - `too-many-counters`: there is no room for all new names, so none was made
   *  - `too-many-links`: the links would be more, or larger, than a ledger may have
   *  - `too-many-deleted`: so many counters were deleted today that their days take all memory that days may
   *  - `ahead`: the key's time is more than a minute ahead of the leader's clock */
  | { readonly done: false; readonly reason: "too-many-counters" | "too-many-links" | "too-many-deleted" | "ahead" }
  /** The settings do not allow a counter of this name. */
  | { readonly done: false; readonly reason: "not-allowed"; readonly counter: string }
  | { readonly done: false | "unknown"; readonly reason: "expired" }
  /** The cluster has nodes that do not know adjustments, or had some a moment ago. */
  | { readonly done: false; readonly reason: "upgrading"; readonly waitsFor: readonly string[] }
  /** - `store-away`: the store is known to take no commits
   *  - `too-many-waiting`: as many adjustments wait at the leader as may
   *  - `not-answered`: no leader said in time what became of it
   *  - `no-leader`: the node that was asked does not lead any more */
  | { readonly done: false; readonly reason: "store-away" | "too-many-waiting" | "no-leader" }
  | { readonly done: false | "unknown"; readonly reason: "not-answered" };

export interface AuditPage {
  /** All adjustments from this time on are kept: milliseconds since 1970. Null: all that were ever made. */
  readonly since: number | null;
  readonly entries: readonly AuditEntry[];
  /** For `after` of the next page; null: there are no more. */
  readonly next: KeyId | null;
}
