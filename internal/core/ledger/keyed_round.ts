import { Forgetting, medianOf } from "../keys/forgetting.ts";
import { KEY_BYTES } from "../keys/idempotency_key.ts";
import type { KeyTerms } from "../keys/key_draft.ts";
import type { KeyedOffers, KeyedVerdicts, KeyVerdict } from "../keys/keyed_hit.ts";
import { sizeOfCounter } from "./counter_total.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerDraft } from "./ledger_draft.ts";

/** How many keys a ledger keeps, and for how long. */
export interface KeyLimits {
  /** Milliseconds for which a key is kept. */
  readonly window: number;
  /** Keys that are kept at most. More are refused, and none is forgotten sooner. */
  readonly budget: number;
}

/** What a leader that counts keyed hits says of its time and its limits. */
export interface KeyedTerms extends KeyLimits {
  /** Its wall clock, in milliseconds since 1970. */
  readonly wall: number;
  /** Its node, whose clock counts once. */
  readonly node: string;
}

/** What nodes replied about keyed hits and time, by node. */
export type KeyedReplies = readonly (readonly [
  node: string,
  { readonly keyed?: KeyedOffers | null; readonly clock?: number | null },
])[];

/** A key that is further ahead of the leader's clock is not counted yet. */
const MAX_AHEAD_MS = 60_000;
/** In a round without other news, keys that are past their time are forgotten only if it forgets this much. */
const MIN_FORGOTTEN_MS = 10_000;
/** Bytes of a key in its entry, with its content. */
const RECORD_BYTES = KEY_BYTES + 4;

/** A leader's part of each round that is about keyed hits (docs/protocol.md, Keyed hits): which count, and which keys are forgotten. */
export class KeyedRound {
  readonly #forgetting: Forgetting;

  constructor(now: number) {
    this.#forgetting = new Forgetting(now);
  }

  /** What decides about the keys of this round. */
  termsOf(ledger: Ledger, replies: KeyedReplies, { wall, node, window, budget }: KeyedTerms, now: number): KeyTerms {
    const target = medianClock(replies, wall, node) - window;
    const forgetTo = this.#forgetting.next(ledger.keysForgottenTo, target, now);
    return { forgetTo, latest: wall + MAX_AHEAD_MS, budget };
  }

  /** Call once a transaction is committed that moved the ledger's `keysForgottenTo`. */
  moved(now: number): void {
    this.#forgetting.moved(now);
  }
}

/** The middle of the clocks of the leader, whose node is `node`, and of all nodes that replied. */
export function medianClock(replies: KeyedReplies, wall: number, node: string): number {
  const others = replies.flatMap(([from, { clock }]) => (from === node ? [] : (clock ?? [])));
  return medianOf([wall, ...others]);
}

/** Folds keyed hits into `draft` until they take `bytes` there. Returns the verdicts by node; offers without one have their turn later. */
export function foldKeyed(draft: LedgerDraft, replies: KeyedReplies, bytes: number): Map<string, KeyedVerdicts> {
  const all = new Map<string, KeyedVerdicts>();
  let left = bytes;
  for (const [node, { keyed }] of replies) {
    if (!keyed) continue;
    const verdicts = new Map<number, KeyVerdict>();
    for (const hit of keyed.hits) {
      if (left <= 0) break;
      const isChanged = draft.changed.has(hit.counter);
      const verdict = draft.foldKeyed(hit, keyed.region);
      if (verdict !== null) verdicts.set(hit.number, verdict);
      if (verdict === "counted") left -= RECORD_BYTES + (isChanged ? 0 : sizeOfChange(draft, hit.counter));
    }
    if (verdicts.size > 0) all.set(node, { life: keyed.life, verdicts });
  }
  return all;
}

/** Forgets keys as far as `terms` allow, if this transaction is written anyway, or if it is worth one. */
export function forgetKeys(draft: LedgerDraft, { keys, keysForgottenTo }: Ledger, { forgetTo }: KeyTerms): void {
  const isUsed = keysForgottenTo > 0 || draft.keys.added.size > 0;
  const isWorthIt = forgetTo - keysForgottenTo >= MIN_FORGOTTEN_MS && keys.forgettableTo(forgetTo) > 0;
  if ((isUsed && (draft.dirty || isWorthIt)) || draft.keys.needsForgetting) draft.forgetKeys(forgetTo);
}

function sizeOfChange(draft: LedgerDraft, counter: string): number {
  return sizeOfCounter(counter, draft.changed.get(counter)?.regions ?? new Map());
}
