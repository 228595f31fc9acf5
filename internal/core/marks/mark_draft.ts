import type { KeptMarks } from "./kept_marks.ts";
import type { DaySecret, Mark } from "./mark.ts";
import { MarkSet } from "./mark_set.ts";
import { dayOf, endOf, type Period } from "./period.ts";

/**
 * Marks that a ledger keeps at most: of a million visitors a day, of a site and of one page each, and a quarter for the first hour of a day, in
 * which those of the day before are still kept. They take 70 MB of the leader's memory.
 */
export const MAX_MARKS = 2_500_000;

/** What decides about marks in one round. Times are in milliseconds since 1970. */
export interface MarkTerms {
  /** Where `visitorsForgottenTo` goes if this round writes. */
  readonly forgetTo: number;
  /** The cluster's time: the days of now and of soon have secrets. */
  readonly now: number;
  /** Marks that the ledger may keep. */
  readonly budget: number;
  readonly newSecret: () => DaySecret;
}

/**
 * - `new`: nothing speaks against counting it
 * - `known`: it was counted
 * - `forgotten`: its period is forgotten, or its day has no secret: nobody ever counts it
 * - `refused`: the ledger has no room for it
 */
export type MarkPlace = "new" | "known" | "forgotten" | "refused";

/** The marks of the next version of a ledger while a round plans it (docs/protocol.md, Visitors). */
export class MarkDraft {
  readonly #kept: KeptMarks;
  readonly #terms: MarkTerms | null;
  /** Invariant: only grows. */
  forgottenTo: number;
  /** Marks that this version counts. */
  readonly added = new Map<Period, MarkSet>();
  readonly newSecrets = new Map<Period, DaySecret>();
  #size: number;

  /** `terms`: null while no marks may be counted. */
  constructor(kept: KeptMarks, forgottenTo: number, terms: MarkTerms | null) {
    this.#kept = kept;
    this.#terms = terms;
    this.forgottenTo = forgottenTo;
    this.#size = kept.size;
  }

  place(period: Period, mark: Mark): MarkPlace {
    if (this.#kept.has(period, mark) || this.added.get(period)?.has(mark)) return "known";
    const terms = this.#terms;
    if (terms === null || endOf(period) <= Math.max(this.forgottenTo, terms.forgetTo)) return "forgotten";
    if (!this.#kept.secrets.has(dayOf(period))) return "forgotten";
    return this.#size >= terms.budget ? "refused" : "new";
  }

  add(period: Period, mark: Mark): void {
    const set = this.added.get(period) ?? new MarkSet();
    set.add(mark);
    this.added.set(period, set);
    this.#size++;
  }

  /** Forgets periods that are over at `time`. */
  forget(time: number): void {
    this.forgottenTo = Math.max(this.forgottenTo, time);
  }

  /** Marks that the ledger keeps once this draft is committed. */
  get kept(): number {
    return this.#size - this.#kept.forgettable(this.forgottenTo);
  }

  /** Call only once the store has `version`. `mergedFrom`: see `KeptMarks.add`. */
  commit(version: number, mergedFrom: ReadonlyMap<Period, number>): void {
    for (const [period, marks] of this.added) this.#kept.add(period, version, marks, mergedFrom.get(period));
    for (const [day, secret] of this.newSecrets) this.#kept.secrets.set(day, secret);
    this.#kept.forget(this.forgottenTo);
  }
}
