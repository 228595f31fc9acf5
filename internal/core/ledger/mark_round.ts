import { Forgetting } from "../keys/forgetting.ts";
import type { DaySecret, MarkOffers, MarkVerdicts } from "../marks/mark.ts";
import type { MarkTerms } from "../marks/mark_draft.ts";
import { endOf, periodAt } from "../marks/period.ts";
import { sizeOfCounter } from "./counter_total.ts";
import { medianClock } from "./keyed_round.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerDraft } from "./ledger_draft.ts";

/** What a leader that counts visitors says of its time and its limits. */
export interface MarkLimits {
  /** Marks that are kept at most. Visitors beyond are not counted, and no mark is forgotten sooner. */
  readonly budget: number;
}

export interface MarkedTerms extends MarkLimits {
  /** Its wall clock, in milliseconds since 1970. */
  readonly wall: number;
  /** Its node, whose clock counts once. */
  readonly node: string;
  readonly newSecret: () => DaySecret;
}

/** What nodes replied about marks and time, by node. */
export type MarkReplies = readonly (readonly [
  node: string,
  { readonly marks?: MarkOffers | null; readonly clock?: number | null },
])[];

/** A period is forgotten this long after its end: marks may wait on nodes while the store is away. */
const GRACE_MS = 3_600_000;
/** A day has its secret this long before it begins, so that its first visitors are counted. */
const AHEAD_MS = 3_600_000;
/** Longest step of `visitorsForgottenTo` in one transaction. A quiet night is made up for within a minute. */
const MAX_STEP_MS = 600_000;
/** Bytes of a mark in its entry. */
const RECORD_BYTES = 8;

/** A leader's part of each round that is about visitors (docs/protocol.md, Visitors): which marks count, which are forgotten, and the secrets. */
export class MarkRound {
  readonly #forgetting: Forgetting;

  constructor(now: number) {
    this.#forgetting = new Forgetting(now, MAX_STEP_MS);
  }

  /** What decides about the marks of this round. */
  termsOf(
    ledger: Ledger,
    replies: MarkReplies,
    { wall, node, budget, newSecret }: MarkedTerms,
    now: number,
  ): MarkTerms {
    const median = medianClock(replies, wall, node);
    const forgetTo = this.#forgetting.next(ledger.visitorsForgottenTo, median - GRACE_MS, now);
    return { forgetTo, now: median, budget, newSecret };
  }

  /** Call once a transaction is committed that moved the ledger's `visitorsForgottenTo`. `by`: in milliseconds. */
  moved(now: number, by: number): void {
    this.#forgetting.moved(now, by);
  }
}

/** Folds marks into `draft` until they take `bytes` there. Returns the verdicts by node; marks after those have their turn later. */
export function foldMarks(
  draft: LedgerDraft,
  ledgerId: string,
  replies: MarkReplies,
  bytes: number,
): Map<string, MarkVerdicts> {
  const all = new Map<string, MarkVerdicts>();
  let left = bytes;
  for (const [node, { marks: offers }] of replies) {
    // In another ledger, the same visitor had another mark.
    if (!offers || offers.ledger !== ledgerId) continue;
    const refused: number[] = [];
    let through = 0;
    for (const mark of offers.marks) {
      if (left <= 0) break;
      const isChanged = draft.changed.has(mark.counter);
      const place = draft.foldMark(mark, offers.region);
      if (place === "refused") refused.push(mark.number);
      if (place === "new") left -= RECORD_BYTES + (isChanged ? 0 : sizeOfChange(draft, mark.counter));
      through = mark.number;
    }
    if (through > 0) all.set(node, { life: offers.life, through, refused });
  }
  return all;
}

/**
 * Forgets periods as far as `terms` allow, and makes the secrets of days that lack one, if this transaction is written anyway. It is worth
 * one if the ledger has counted visitors before.
 */
export function keepSecrets(draft: LedgerDraft, { marks, visitorsForgottenTo }: Ledger, terms: MarkTerms): void {
  const isUsed = visitorsForgottenTo > 0;
  const mayForget = terms.now - GRACE_MS;
  const isDue = isUsed && terms.forgetTo > visitorsForgottenTo && marks.isForgettable(mayForget);
  const days = daysWithoutSecret(marks, terms);
  if (!draft.dirty && !isDue && !(isUsed && days.length > 0)) return;
  draft.forgetMarks(terms.forgetTo);
  for (const day of days) draft.addSecret(day, terms.newSecret());
}

/** The days of now and of soon, if marks can be made for them: a second secret of a day would count its visitors twice. */
function daysWithoutSecret(marks: Ledger["marks"], { now, forgetTo }: MarkTerms): string[] {
  const days = new Set([periodAt("day", now), periodAt("day", now + AHEAD_MS)]);
  return [...days].filter((day) => endOf(day) > forgetTo && !marks.secrets.has(day) && !marks.hasMarksOf(day));
}

function sizeOfChange(draft: LedgerDraft, counter: string): number {
  return sizeOfCounter(counter, draft.changed.get(counter)?.regions ?? new Map());
}
