import { KEY_BYTES, type KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { KeyedTerms } from "../../internal/core/ledger/keyed_round.ts";
import type { KeyedLedger } from "../../internal/core/ledger/snapshot.ts";
import type { KeyedOutcome } from "../../internal/ports/counting.ts";
import { bitOf, hitName } from "./hit_names.ts";
import { Violation } from "./parts.ts";

/** All requests of a scope have one key and count one hit. So it is one hit, however often it is sent. */
export const KEYED_HIT = hitName(0, 3);
const KEY_TIME_MS = 1_000_000;
export const KEY: KeyId = `${KEY_TIME_MS.toString(16).padStart(12, "0")}70008`.padEnd(2 * KEY_BYTES, "0");
/** Milliseconds for which the key is kept. */
const WINDOW_MS = 10;

/** Requests with the key on one node: those of its present life, waiting or answered, and how many arrived in all its lives. */
export interface KeyedState {
  readonly life: number;
  readonly arrived: number;
  readonly requests: readonly KeyedRequest[];
  /** What the node knows of the ledger's keys. */
  readonly ledger: KeyedLedger | null;
}

export interface KeyedRequest {
  readonly waits: boolean;
  /** How often it was offered: 2 means twice or more often. */
  readonly offered: number;
}

export const NO_REQUESTS: KeyedState = { life: 0, arrived: 0, requests: [], ledger: null };

/** What clients were told in all. */
export interface KeyedBooks {
  /** Requests that arrived. */
  readonly sent: number;
  /** Those that were told that they were not counted. */
  readonly uncounted: number;
  /** Those that were told that they were counted, and that no other one was before. */
  readonly first: number;
  /** Whether one was told "expired" while the key was not counted. */
  readonly expired: boolean;
}

export const NOTHING_SENT: KeyedBooks = { sent: 0, uncounted: 0, first: 0, expired: false };

export function withAnswers(before: KeyedBooks, outcomes: readonly KeyedOutcome[], isCounted: boolean): KeyedBooks {
  let { uncounted, first, expired } = before;
  for (const outcome of outcomes) {
    if (outcome.accepted) first += outcome.duplicate ? 0 : 1;
    else if (outcome.counted === false) uncounted++;
    if (!outcome.accepted && outcome.reason === "expired" && !isCounted) expired = true;
  }
  return { ...before, uncounted, first, expired };
}

/** `counted`: the hits that the ledger has. Throws Violation. */
export function checkKeyed({ sent, uncounted, first, expired }: KeyedBooks, counted: number): void {
  if (first > 1) throw new Violation("two requests with one key were told that they were counted, and no other before");
  if (!(counted & bitOf(KEYED_HIT))) return;
  if (expired) throw new Violation("the key was counted after a request was told that it has expired");
  if (sent === uncounted) throw new Violation("the key is counted, and every request was told that it is not");
}

/** What a leader says of its time: the key is within its window, or its time is over. */
export function keyedTerms(isOver: boolean): KeyedTerms {
  return { window: WINDOW_MS, budget: 10, wall: KEY_TIME_MS + (isOver ? 3 * WINDOW_MS : WINDOW_MS / 2), node: "" };
}
