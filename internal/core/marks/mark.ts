import { type SipKey, sipHash, sipKey } from "../hash.ts";
import type { Period } from "./period.ts";

/** A visitor of a counter in a period: 64 bits, of which nobody can tell whose they are without the day's secret. */
export interface Mark {
  readonly high: number;
  readonly low: number;
}

/** Who visits. Neither is ever stored. */
export interface Visitor {
  /** Its address; of an IPv6 address, the network (`core/access/address_key.ts`). */
  readonly address: string;
  /** Its `User-Agent`. */
  readonly agent: string;
}

/** 128 bits in 32 hex digits. */
export type DaySecret = string;

export function isDaySecret(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** The same visitor has the same mark on every node. `secret`: that of the period's day. */
export function markOf(secret: DaySecret, period: Period, counter: string, { address, agent }: Visitor): Mark {
  // The agent is last: it alone may hold anything.
  return sipHash(`${period} ${counter} ${address} ${agent}`, keyOf(secret));
}

/** The secret that made the newest mark. */
let last: { readonly secret: DaySecret; readonly key: SipKey } | null = null;

/** The key of a secret. Nearly all marks have that of the present day. */
function keyOf(secret: DaySecret): SipKey {
  if (last?.secret !== secret) last = { secret, key: sipKey(secret) };
  return last.key;
}

/** A mark that a node made, on its way to a leader. */
export interface OfferedMark extends Mark {
  /** Names this offer within the life of its node. */
  readonly number: number;
  /** The counter that it counts for. */
  readonly counter: string;
  readonly period: Period;
}

/** The oldest marks that wait on a node, in the order of their numbers. */
export interface MarkOffers {
  /** Random id of the node's process. */
  readonly life: string;
  /** Id of the ledger whose secrets made them. In another ledger the same visitor has another mark. */
  readonly ledger: string;
  readonly region: string;
  readonly marks: readonly OfferedMark[];
}

/** What a leader says of the marks that one node's life offered. */
export interface MarkVerdicts {
  readonly life: string;
  /** All up to this number are decided: they are in the ledger, or their period is forgotten, or they are among `refused`. */
  readonly through: number;
  /** Numbers of those that the ledger has no room for. */
  readonly refused: readonly number[];
}

/** What a ledger lets nodes know so that they can make marks. */
export interface MarkLedger {
  /** By day. */
  readonly secrets: ReadonlyMap<Period, DaySecret>;
}
