import { type CounterDay, DayBlock } from "./day_block.ts";
import type { Cut, DayChanges } from "./day_changes.ts";
import { DayPages } from "./day_pages.ts";
import { type Day, dayOf, HOURS_A_DAY, type Hour } from "./hour.ts";

/** Days that are kept at most: those with the latest dates, of the days that have hits. */
export const MAX_DAYS = 400;
/** Bytes that a deletion takes in memory beside its record and the counter's name, as measured. */
const CUT_BYTES = 100;
const NO_RECORD: CounterDay = { cut: 0, hours: new Map() };

export interface HourHits {
  readonly hour: Hour;
  readonly hits: number;
}

/**
 * Hits of all counters by UTC hour, by days and by pages of the ledger. Each number says after which deletion of its counter it was counted,
 * and only those after the last one count. Numbers since one deletion only grow. So all that is learned may come in any order and repeatedly:
 * from entries, from rounds, and from a leader.
 *
 * Invariants: nothing before `from` is here. `#cuts` has the latest cut of each counter's records, and the latest day that has it.
 * `#bytes` are those of all days.
 */
export class KeptDays {
  readonly #pageOf: (counter: string) => number;
  readonly #days = new Map<Day, DayPages>();
  /**
   * The first hour with hits of each day; Infinity: it has none. Absent after a deletion: it must be looked up. Every question about hits
   * asks for the first of all, and a day may have a million counters.
   */
  readonly #firstHours = new Map<Day, Hour>();
  /** Of counters that were deleted: without this, each hit would have to look for deletions in the blocks of all days. */
  readonly #cuts = new Map<string, Cut>();
  #from: Hour = 0;
  #bytes = 0;
  #cutBytes = 0;
  /** The last version that changed each hour, and that of the newest entry of each day, which may have changed any of its hours. */
  readonly #changedIn = new Map<Hour, number>();
  readonly #storedIn = new Map<Day, number>();

  constructor(pageOf: (counter: string) => number) {
    this.#pageOf = pageOf;
  }

  /** Hours before this one are dropped. */
  get from(): Hour {
    return this.#from;
  }

  /** The first hour of which hits are known; null: there are none. A day may have only deletions. */
  get since(): Hour | null {
    for (const day of this.#sortedDays()) {
      const first = this.#firstHours.get(day) ?? this.#lookUpFirstHour(day);
      if (Number.isFinite(first)) return Math.max(this.#from, first);
    }
    return null;
  }

  /** Days with hits. */
  get size(): number {
    return this.#days.size;
  }

  /** Bytes that all days take, about: in memory, and in the store. Deletions are in memory twice, and so they count. */
  get bytes(): number {
    return this.#bytes + this.#cutBytes;
  }

  /** Bytes of them that deletions take in memory. */
  get cutBytes(): number {
    return this.#cutBytes;
  }

  /** The block of a day and a page as the store has it in `version`. Its records must have been checked. */
  load(day: Day, page: number, records: Uint8Array, version: number): void {
    if (day < dayOf(this.#from)) return;
    this.#storedIn.set(day, Math.max(version, this.#storedIn.get(day) ?? 0));
    this.#change(day, page, (block) => this.#add(block, day, records), records.length);
  }

  /** Says that `version` changed this hour. */
  changed(hour: Hour, version: number): void {
    this.#changedIn.set(hour, Math.max(version, this.#changedIn.get(hour) ?? 0));
  }

  /** Hours that may have changed after `version`. */
  changedAfter(version: number): Hour[] {
    const hours = new Set([...this.#changedIn].flatMap(([hour, last]) => (last > version ? [hour] : [])));
    for (const [day, last] of this.#storedIn)
      for (let hour = 0; last > version && hour < HOURS_A_DAY; hour++) hours.add(day * HOURS_A_DAY + hour);
    return [...hours];
  }

  /** Takes over what a round, or a leader, says. */
  learn({ hours = new Map(), cuts = new Map() }: DayChanges): void {
    for (const [counter, cut] of cuts) this.cut(counter, cut);
    for (const [hour, hits] of hours)
      for (const [counter, by] of hits) this.raise(counter, hour, by, cuts.get(counter)?.version);
  }

  /** The counter has at least `hits` hits in `hour` since the version `cut` deleted it; 0: no version did. */
  raise(counter: string, hour: Hour, hits: number, cut = 0): void {
    if (hour < this.#from || cut < this.#versionOfCut(counter)) return;
    const day = dayOf(hour);
    if (cut > 0) this.#noteCut(counter, { version: cut, day });
    const known = this.#record(counter, day, (block) => block.raise(counter, hour % HOURS_A_DAY, hits, cut));
    if (known === null) return;
    if (known < cut) this.#firstHours.delete(day);
    this.#noteHour(hour);
  }

  /** The counter was deleted. */
  cut(counter: string, cut: Cut): void {
    if (cut.day < dayOf(this.#from) || cut.version < this.#versionOfCut(counter)) return;
    this.#noteCut(counter, cut);
    const known = this.#record(counter, cut.day, (block) => block.delete(counter, cut.version));
    if (known !== null) this.#firstHours.delete(cut.day);
  }

  /** The last deletion of a counter; undefined: no kept day knows of one. */
  cutOf(counter: string): Cut | undefined {
    return this.#cuts.get(counter);
  }

  /** The last day that knows this counter; undefined: none does. */
  lastDayOf(counter: string): Day | undefined {
    const page = this.#pageOf(counter);
    return this.#sortedDays().findLast((day) => this.#days.get(day)?.blockOf(page).has(counter));
  }

  /** Hits of one hour. */
  hits(counter: string, hour: Hour): number {
    if (hour < this.#from) return 0;
    const { cut, hours } = this.#recordOf(counter, dayOf(hour));
    return cut === this.#versionOfCut(counter) ? (hours.get(hour % HOURS_A_DAY) ?? 0) : 0;
  }

  /** Hits of a counter from the hour `from` on and before `to`, in order. Hours without hits are left out. */
  read(counter: string, from: Hour, to: Hour): HourHits[] {
    const found: HourHits[] = [];
    const page = this.#pageOf(counter);
    for (const day of this.#sortedDays()) {
      if (day < dayOf(from) || day * HOURS_A_DAY >= to) continue;
      const { cut, hours } = this.#days.get(day)?.blockOf(page).get(counter) ?? NO_RECORD;
      if (cut !== this.#versionOfCut(counter)) continue;
      for (const [hour, hits] of [...hours].sort(([a], [b]) => a - b)) {
        const at = day * HOURS_A_DAY + hour;
        if (at >= Math.max(from, this.#from) && at < to) found.push({ hour: at, hits });
      }
    }
    return found;
  }

  /** Days of a page that have records. */
  daysOf(page: number): Day[] {
    return [...this.#days].flatMap(([day, { pages }]) => (pages.has(page) ? [day] : []));
  }

  /** Blocks that have all hits of a day until now. A block that is divided later goes on having those. */
  blocksOf(day: Day): DayBlock[] {
    return [...(this.#days.get(day)?.blocks ?? [])];
  }

  /** Hits of a whole day, of each counter of one of its blocks that has any. */
  *hitsOfBlock(day: Day, block: DayBlock): Generator<[counter: string, hits: number]> {
    for (const [counter, record] of block) {
      const hits = this.#sumOf(counter, day, record);
      if (hits > 0) yield [counter, hits];
    }
  }

  /** Hits of a counter on a whole day. */
  hitsOfDay(counter: string, day: Day): number {
    return this.#sumOf(counter, day, this.#recordOf(counter, day));
  }

  /** Days of a page of which the store's entries lack something. */
  unwritten(page: number): Day[] {
    return [...this.#days].flatMap(([day, { unwritten }]) => (unwritten.has(page) ? [day] : []));
  }

  /** The records of a day and a page, with these changes of counters of that page. It does not learn them. */
  records(day: Day, page: number, { hours = new Map(), cuts = new Map() }: DayChanges): Uint8Array {
    const block = this.#days.get(day)?.copy(page) ?? new DayBlock();
    for (const [counter, cut] of cuts) if (cut.day === day) block.delete(counter, cut.version);
    for (const [hour, hits] of hours)
      for (const [counter, by] of dayOf(hour) === day ? hits : [])
        block.raise(counter, hour % HOURS_A_DAY, by, cuts.get(counter)?.version ?? 0);
    return block.body();
  }

  /** The store has all of these days of this page. */
  written(page: number, days: Iterable<Day>): void {
    for (const day of days) this.#days.get(day)?.unwritten.delete(page);
  }

  /** Forgets all hours before `hour`. */
  dropBefore(hour: Hour): void {
    if (hour <= this.#from) return;
    this.#from = hour;
    for (const day of [...this.#days.keys()]) if (day < dayOf(hour)) this.#drop(day);
    for (const [counter, { day }] of this.#cuts) {
      if (day >= dayOf(hour)) continue;
      this.#cuts.delete(counter);
      this.#cutBytes -= CUT_BYTES + counter.length;
    }
  }

  /** From where on days must be kept so that they are at most `MAX_DAYS` and take `budget` bytes: the oldest day goes, one at a time. `now`: its day always stays. */
  dropTo(budget: number, now: Hour): Hour {
    const [oldest] = this.#sortedDays();
    if (oldest === undefined || oldest >= dayOf(now)) return this.#from;
    const days = this.#days.has(dayOf(now)) ? this.size : this.size + 1;
    const isTooMuch = days > MAX_DAYS || this.bytes > budget;
    return isTooMuch ? Math.max(this.#from, (oldest + 1) * HOURS_A_DAY) : this.#from;
  }

  #drop(day: Day): void {
    this.#bytes -= this.#days.get(day)?.bytes ?? 0;
    this.#days.delete(day);
    this.#firstHours.delete(day);
    this.#storedIn.delete(day);
    for (const hour of this.#changedIn.keys()) if (dayOf(hour) === day) this.#changedIn.delete(hour);
  }

  #versionOfCut(counter: string): number {
    return this.#cuts.get(counter)?.version ?? 0;
  }

  #sumOf(counter: string, day: Day, { cut, hours }: CounterDay): number {
    let sum = 0;
    if (cut !== this.#versionOfCut(counter)) return sum;
    for (const [hour, hits] of hours) if (day * HOURS_A_DAY + hour >= this.#from) sum += hits;
    return sum;
  }

  #noteCut(counter: string, { version, day }: Cut): void {
    const known = this.#cuts.get(counter);
    const isLater = version > (known?.version ?? 0) || (version === known?.version && day > known.day);
    if (!isLater) return;
    if (!known) this.#cutBytes += CUT_BYTES + counter.length;
    this.#cuts.set(known ? counter : ownText(counter), { version, day });
  }

  #recordOf(counter: string, day: Day): CounterDay {
    return this.#days.get(day)?.blockOf(this.#pageOf(counter)).get(counter) ?? NO_RECORD;
  }

  /** Changes a page of which the store's entry then lacks something. `action` returns null if it changes nothing. */
  #record<T>(counter: string, day: Day, action: (block: DayBlock) => T | null): T | null {
    const page = this.#pageOf(counter);
    const done = this.#change(day, page, action);
    if (done !== null) this.#days.get(day)?.unwritten.add(page);
    return done;
  }

  /** Adds the stored records of a page to its block. */
  #add(block: DayBlock, day: Day, records: Uint8Array): void {
    const isAll = block.take(records);
    for (const [counter, { cut, hours }] of new DayBlock(records)) {
      if (cut > 0) {
        if (!isAll) block.delete(counter, cut);
        this.#firstHours.delete(day);
        this.#noteCut(counter, { version: cut, day });
      }
      for (const [hour, hits] of hours) {
        if (!isAll) block.raise(counter, hour, hits, cut);
        this.#noteHour(day * HOURS_A_DAY + hour);
      }
    }
  }

  #change<T>(day: Day, page: number, action: (block: DayBlock) => T, more = 0): T {
    const pages = this.#pagesOf(day);
    const { bytes } = pages;
    const done = pages.change(page, action, more);
    this.#bytes += pages.bytes - bytes;
    return done;
  }

  /** The day has hits in this hour. */
  #noteHour(hour: Hour): void {
    const first = this.#firstHours.get(dayOf(hour));
    if (first !== undefined && hour < first) this.#firstHours.set(dayOf(hour), hour);
  }

  #lookUpFirstHour(day: Day): number {
    let first = Infinity;
    for (const block of this.#days.get(day)?.blocks ?? [])
      for (const [, { hours }] of block)
        for (const hour of hours.keys()) first = Math.min(first, day * HOURS_A_DAY + hour);
    this.#firstHours.set(day, first);
    return first;
  }

  #sortedDays(): Day[] {
    return [...this.#days.keys()].sort((a, b) => a - b);
  }

  #pagesOf(day: Day): DayPages {
    let pages = this.#days.get(day);
    if (!pages) {
      pages = new DayPages(this.#pageOf);
      this.#days.set(day, pages);
      this.#firstHours.set(day, Infinity);
    }
    return pages;
  }
}

/** A text that is a part of a larger one keeps all of that in memory. */
function ownText(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
