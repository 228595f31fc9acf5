import { DayBlock } from "./day_block.ts";
import { type Day, dayOf, HOURS_A_DAY, type Hour } from "./hour.ts";

/** Days that are kept at most: those with the latest dates, of the days that have hits. */
export const MAX_DAYS = 400;
/** Bytes that a block takes beside its records, in memory and in the store: the name of its entry, its first line, and what holds it. */
const BLOCK_OVERHEAD = 200;

export interface HourHits {
  readonly hour: Hour;
  readonly hits: number;
}

/**
 * Hits of all counters by UTC hour: for each day, one block for each page of the ledger that had hits. Numbers only grow, so all that is
 * learned may come in any order and repeatedly: from entries, from rounds, and from a leader.
 *
 * Invariant: nothing before `from` is here.
 */
export class KeptDays {
  readonly #pageOf: (counter: string) => number;
  readonly #days = new Map<Day, Map<number, DayBlock>>();
  /** The first hour with hits of each day. Every question about hits asks for the first of all, and a day may have a million counters. */
  readonly #firstHours = new Map<Day, Hour>();
  /** By page, the days whose blocks have more than the store's entries. */
  readonly #unwritten = new Map<number, Set<Day>>();
  #from: Hour = 0;
  #bytes = 0;
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

  /** The first hour of which hits are known; null: there are none. */
  get since(): Hour | null {
    const first = Math.min(...this.#firstHours.values());
    return Number.isFinite(first) ? Math.max(this.#from, first) : null;
  }

  /** Days with hits. */
  get size(): number {
    return this.#days.size;
  }

  /** Bytes that all days take, about: in memory, and in the store. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The block of a day and a page as the store has it in `version`. Its records must have been checked. */
  load(day: Day, page: number, records: Uint8Array, version: number): void {
    if (day < dayOf(this.#from)) return;
    this.#storedIn.set(day, Math.max(version, this.#storedIn.get(day) ?? 0));
    this.#change(this.#blockOf(day, page), (block) => {
      for (const [counter, { cut, hours }] of new DayBlock(records)) {
        if (cut > 0) block.delete(counter, cut);
        for (const [hour, hits] of hours) {
          block.raise(counter, hour, hits, cut);
          this.#noteHour(day * HOURS_A_DAY + hour);
        }
      }
    });
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

  /** The counter has at least `hits` hits in `hour`. */
  raise(counter: string, hour: Hour, hits: number): void {
    if (hour < this.#from) return;
    this.#noteHour(hour);
    const page = this.#pageOf(counter);
    const day = dayOf(hour);
    this.#change(this.#blockOf(day, page), (block) =>
      block.raise(counter, hour % HOURS_A_DAY, hits, block.get(counter).cut),
    );
    this.#unwritten.set(page, (this.#unwritten.get(page) ?? new Set()).add(day));
  }

  /** Hits of one hour. */
  hits(counter: string, hour: Hour): number {
    if (hour < this.#from) return 0;
    return (
      this.#days
        .get(dayOf(hour))
        ?.get(this.#pageOf(counter))
        ?.hits(counter, hour % HOURS_A_DAY) ?? 0
    );
  }

  /** Hits of a counter from the hour `from` on and before `to`, in order. Hours without hits are left out. */
  read(counter: string, from: Hour, to: Hour): HourHits[] {
    const found: HourHits[] = [];
    const page = this.#pageOf(counter);
    for (const day of this.#sortedDays()) {
      if (day < dayOf(from) || day * HOURS_A_DAY >= to) continue;
      const block = this.#days.get(day)?.get(page);
      if (!block) continue;
      const { cut, hours } = block.get(counter);
      // It was deleted on this day, and what it had before is not its own any more.
      if (cut > 0) found.length = 0;
      for (const [hour, hits] of [...hours].sort(([a], [b]) => a - b)) {
        const at = day * HOURS_A_DAY + hour;
        if (at >= Math.max(from, this.#from) && at < to) found.push({ hour: at, hits });
      }
    }
    return found;
  }

  /** Days of a page of which the store's entries lack something. */
  unwritten(page: number): ReadonlySet<Day> {
    return this.#unwritten.get(page) ?? new Set();
  }

  /** The records of a day and a page, with these changes of the hours of that day. */
  records(day: Day, page: number, changes: Iterable<readonly [counter: string, hour: Hour, hits: number]>): Uint8Array {
    const block = this.#days.get(day)?.get(page)?.copy() ?? new DayBlock();
    for (const [counter, hour, hits] of changes) block.raise(counter, hour % HOURS_A_DAY, hits, block.get(counter).cut);
    return block.body();
  }

  /** The store has all of this page. */
  written(page: number): void {
    this.#unwritten.delete(page);
  }

  /** Forgets all hours before `hour`. */
  dropBefore(hour: Hour): void {
    if (hour <= this.#from) return;
    this.#from = hour;
    for (const day of [...this.#days.keys()]) if (day < dayOf(hour)) this.#drop(day);
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
    for (const { size } of this.#days.get(day)?.values() ?? []) this.#bytes -= size + BLOCK_OVERHEAD;
    this.#days.delete(day);
    this.#firstHours.delete(day);
    this.#storedIn.delete(day);
    for (const hour of this.#changedIn.keys()) if (dayOf(hour) === day) this.#changedIn.delete(hour);
    for (const days of this.#unwritten.values()) days.delete(day);
  }

  #change(block: DayBlock, action: (block: DayBlock) => void): void {
    const { size } = block;
    action(block);
    this.#bytes += block.size - size;
  }

  #noteHour(hour: Hour): void {
    const day = dayOf(hour);
    this.#firstHours.set(day, Math.min(hour, this.#firstHours.get(day) ?? hour));
  }

  #sortedDays(): Day[] {
    return [...this.#days.keys()].sort((a, b) => a - b);
  }

  #blocksOf(day: Day): Map<number, DayBlock> {
    let blocks = this.#days.get(day);
    if (!blocks) {
      blocks = new Map();
      this.#days.set(day, blocks);
    }
    return blocks;
  }

  #blockOf(day: Day, page: number): DayBlock {
    const blocks = this.#blocksOf(day);
    let block = blocks.get(page);
    if (!block) {
      block = new DayBlock();
      blocks.set(page, block);
      this.#bytes += BLOCK_OVERHEAD;
    }
    return block;
  }
}
