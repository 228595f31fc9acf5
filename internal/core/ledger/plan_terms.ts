import type { DayTerms } from "../days/days_draft.ts";
import { hourAt } from "../days/hour.ts";
import type { KeyTerms } from "../keys/key_draft.ts";
import type { KeyedVerdicts } from "../keys/keyed_hit.ts";
import type { MarkVerdicts } from "../marks/mark.ts";
import type { MarkTerms } from "../marks/mark_draft.ts";
import { type AdjustingTerms, type AdjustmentVerdict, foldAdjustments } from "./adjusting_round.ts";
import { foldKeyed, forgetKeys, type KeyedReplies, KeyedRound, type KeyedTerms, medianClock } from "./keyed_round.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerDraft } from "./ledger_draft.ts";
import { DAYS_BYTES } from "./ledger_size.ts";
import { foldMarks, keepSecrets, type MarkedTerms, type MarkReplies, MarkRound } from "./mark_round.ts";
import { MAX_TRANSACTION_BYTES } from "./transaction.ts";

/** What a leader lets one round do besides counting batches. Absent or null: nothing of that kind. */
export interface RoundTerms {
  readonly keyed?: KeyedTerms | null;
  readonly adjusting?: AdjustingTerms | null;
  readonly marked?: MarkedTerms | null;
}

/** The same for one plan, after the round's replies were heard. Null while nothing of that kind may be counted. */
export interface PlanTerms {
  readonly keyed: KeyTerms | null;
  readonly days: DayTerms | null;
  readonly adjusting: AdjustingTerms | null;
  readonly marks: MarkTerms | null;
}

/** What one attempt to plan a round may put into the transaction. */
export interface Portion {
  /** Batches that count. */
  readonly batches: number;
  readonly keyedBytes: number;
}

/** What a plan says about everything but batches. It holds once the plan is committed, or at once if there was nothing to write. */
export interface PlanVerdicts {
  /** About keyed hits, by node. */
  readonly keyed: ReadonlyMap<string, KeyedVerdicts>;
  /** About marks, by node. */
  readonly marks: ReadonlyMap<string, MarkVerdicts>;
  /** About adjustments, by the number of the offer. */
  readonly adjusted: ReadonlyMap<number, AdjustmentVerdict>;
}

type Replies = KeyedReplies & MarkReplies;

/** Keyed hits have half of a transaction at most, and an eighth even if batches could fill all of it. */
const MAX_KEYED_BYTES = MAX_TRANSACTION_BYTES / 2;
const MIN_KEYED_BYTES = MAX_TRANSACTION_BYTES / 8;
/** Visitors always have this much, and never more. */
const MARK_BYTES = MAX_TRANSACTION_BYTES / 16;

/** What the first attempt to plan a round may put into the transaction. */
export const WHOLE: Portion = { batches: Number.POSITIVE_INFINITY, keyedBytes: MAX_KEYED_BYTES };

/** The portion of the next attempt, after one that counted `counted` batches did not fit; null: it is no smaller. */
export function smaller({ batches, keyedBytes }: Portion, counted: number): Portion | null {
  if (keyedBytes > MIN_KEYED_BYTES) return { batches, keyedBytes: MIN_KEYED_BYTES };
  return counted > 1 ? { batches: Math.ceil(counted / 2), keyedBytes } : null;
}

/** Makes the terms of each plan. Between rounds it remembers when keys and marks were last forgotten. */
export class TermsMaker {
  readonly #daysBudget: number;
  readonly #keyedRound: KeyedRound;
  readonly #markRound: MarkRound;

  /** `daysBudget`: bytes that hits by hour may take. */
  constructor(now: number, daysBudget = DAYS_BYTES) {
    this.#daysBudget = daysBudget;
    this.#keyedRound = new KeyedRound(now);
    this.#markRound = new MarkRound(now);
  }

  make(ledger: Ledger, replies: Replies, { keyed, adjusting, marked }: RoundTerms, now: number): PlanTerms {
    return {
      keyed: keyed ? this.#keyedRound.termsOf(ledger, replies, keyed, now) : null,
      days: keyed ? this.#daysOf(replies, keyed) : null,
      adjusting: adjusting ?? null,
      marks: marked ? this.#markRound.termsOf(ledger, replies, marked, now) : null,
    };
  }

  /** Call once a transaction is committed that made `next` of `ledger`. */
  committed(ledger: Ledger, next: Ledger, now: number): void {
    if (next.keysForgottenTo > ledger.keysForgottenTo) this.#keyedRound.moved(now);
    const forgotten = next.visitorsForgottenTo - ledger.visitorsForgottenTo;
    if (forgotten > 0) this.#markRound.moved(now, forgotten);
  }

  /** The hour of the commit, by the clocks of leader and nodes: one that is wrong does not make a day (H56). */
  #daysOf(replies: Replies, { wall, node }: KeyedTerms): DayTerms {
    return { now: hourAt(medianClock(replies, wall, node)), budget: this.#daysBudget };
  }
}

/** Folds everything but batches into `draft`, which has the batches already. */
export function foldByTerms(
  draft: LedgerDraft,
  ledger: Ledger,
  terms: PlanTerms,
  replies: Replies,
  keyedBytes: number,
): PlanVerdicts {
  const keyed = terms.keyed ? foldKeyed(draft, replies, keyedBytes) : new Map();
  const marks = terms.marks ? foldMarks(draft, ledger.id, replies, MARK_BYTES) : new Map();
  const adjusted = terms.adjusting ? foldAdjustments(draft, ledger, terms.adjusting) : new Map();
  if (terms.keyed) forgetKeys(draft, ledger, terms.keyed);
  if (terms.marks) keepSecrets(draft, ledger, terms.marks);
  return { keyed, marks, adjusted };
}
