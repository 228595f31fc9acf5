import type { Hour } from "../days/hour.ts";
import type { KeyId } from "./idempotency_key.ts";

/** A hit with an idempotency key, as a node offers it to a leader. */
export interface KeyedHit {
  /** Names this offer within the life of its node. Two requests with one key are two offers. */
  readonly number: number;
  readonly key: KeyId;
  readonly counter: string;
  readonly by: number;
  /** The UTC hour in which the request reached the node. Absent: nobody recorded it. */
  readonly hour?: Hour | undefined;
}

/** All keyed hits that wait on a node, oldest first. */
export interface KeyedOffers {
  /** Random id of the node's process. */
  readonly life: string;
  readonly region: string;
  readonly hits: readonly KeyedHit[];
}

/**
 * What became of an offer:
 *
 * - `counted`: its hits are in the ledger, and were not before
 * - `duplicate`: a request with the same key and the same content was counted before
 * - `reused`: one with the same key and another content was
 * - `expired`: the ledger has forgotten keys of that time, so nobody ever counts it again
 */
export type KeyVerdict = "counted" | "duplicate" | "reused" | "expired";

/** A leader's verdicts about offers of one node's life. They name offers, not keys: two offers with one key have different verdicts. */
export interface KeyedVerdicts {
  readonly life: string;
  /** By the number of the offer. */
  readonly verdicts: ReadonlyMap<number, KeyVerdict>;
}
