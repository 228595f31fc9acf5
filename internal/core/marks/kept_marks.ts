import { invariant } from "../invariant.ts";
import type { DaySecret, Mark } from "./mark.ts";
import { MarkSet } from "./mark_set.ts";
import { dayOf, endOf, type Period } from "./period.ts";

/** One entry of the store: the marks of one period that some successive transactions counted. */
export interface MarkEntry {
  /** The last version of the ledger that counted some of them. */
  readonly version: number;
  /** The place after its last mark, in the order of the period. */
  readonly end: number;
}

/** Entries that one entry replaces. */
export interface MergedEntries {
  /** The version of the first of them. */
  readonly version: number;
  /** The place of its first mark. */
  readonly from: number;
}

interface KeptPeriod {
  readonly set: MarkSet;
  /** Oldest first. */
  entries: MarkEntry[];
}

const NO_MARKS: KeptPeriod = { set: new MarkSet(), entries: [] };

/**
 * The marks that the ledger has counted and not forgotten, by period, and the secrets of days. All versions of a ledger share one object,
 * which changes when the next version is committed.
 */
export class KeptMarks {
  readonly #periods = new Map<Period, KeptPeriod>();
  readonly secrets = new Map<Period, DaySecret>();
  /** Marks of all periods. */
  size = 0;

  has(period: Period, mark: Mark): boolean {
    return this.#periods.get(period)?.set.has(mark) ?? false;
  }

  /** The marks of a period that were counted after `place` others. */
  *from(period: Period, place: number): Iterable<Mark> {
    const { set } = this.#kept(period);
    for (let at = place; at < set.size; at++) yield set.at(at);
  }

  entries(period: Period): readonly MarkEntry[] {
    return this.#kept(period).entries;
  }

  /**
   * The newest entries of a period, if it is time to put them and the next one together: they are many, or enough for an entry of its own.
   * None of them is `full` itself, in marks. Null: the next entry stands alone.
   */
  toMerge(period: Period, many: number, full: number): MergedEntries | null {
    const { entries } = this.#kept(period);
    let first = entries.length;
    let marks = 0;
    while (first > 0 && marks < full && sizeOf(entries, first - 1) < full) marks += sizeOf(entries, --first);
    const entry = entries[first];
    if (entry === undefined || (entries.length - first < many && marks < full)) return null;
    return { version: entry.version, from: entry.end - sizeOf(entries, first) };
  }

  periods(): Iterable<Period> {
    return this.#periods.keys();
  }

  /** Whether marks of that day, or of one of its hours, are kept. */
  hasMarksOf(day: Period): boolean {
    return [...this.#periods.keys()].some((period) => dayOf(period) === day);
  }

  /**
   * Adds the marks that `version` counted. Their entry in the store also has those of all entries from version `mergedFrom` on. Throws
   * BrokenInvariant if a mark is here already, or the version is not the newest.
   */
  add(period: Period, version: number, marks: Iterable<Mark>, mergedFrom = version): void {
    const kept = this.#periods.get(period) ?? { set: new MarkSet(), entries: [] };
    const before = kept.entries.at(-1)?.version ?? 0;
    invariant(before < version, "marks are added in the order of versions", before, version);
    for (const mark of marks) {
      invariant(kept.set.add(mark), "a mark counts once", period, version);
      this.size++;
    }
    kept.entries = kept.entries.filter((entry) => entry.version < mergedFrom);
    kept.entries.push({ version, end: kept.set.size });
    this.#periods.set(period, kept);
  }

  /** How many marks are forgotten with the periods that are over at `time`. */
  forgettable(time: number): number {
    let marks = 0;
    for (const [period, { set }] of this.#periods) if (endOf(period) <= time) marks += set.size;
    return marks;
  }

  /** Whether a period, or a day that has a secret, is over at `time`. */
  isForgettable(time: number): boolean {
    return [...this.#periods.keys(), ...this.secrets.keys()].some((period) => endOf(period) <= time);
  }

  /** Forgets the marks of periods that are over at `time`, and the secrets of such days. */
  forget(time: number): void {
    for (const [period, { set }] of this.#periods) {
      if (endOf(period) > time) continue;
      this.#periods.delete(period);
      this.size -= set.size;
    }
    for (const day of this.secrets.keys()) if (endOf(day) <= time) this.secrets.delete(day);
  }

  #kept(period: Period): KeptPeriod {
    return this.#periods.get(period) ?? NO_MARKS;
  }
}

/** Marks in the entry at `index`. */
function sizeOf(entries: readonly MarkEntry[], index: number): number {
  return (entries[index]?.end ?? 0) - (entries[index - 1]?.end ?? 0);
}
