import type { DayChanges } from "../../core/days/day_changes.ts";
import { type Day, dayOf } from "../../core/days/hour.ts";
import type { KeptDays } from "../../core/days/kept_days.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CommittedTotal } from "../../ports/counting.ts";
import { LargestCounters } from "./largest_counters.ts";

/** Counters in the list. */
const BUSIEST = 100;
/** Work of one turn of the event loop. A hit must not wait for longer. */
const SLICE_MS = 5;
/** Between two slices: other work gets as much time. */
const PAUSE_MS = 5;
/** Scans for one answer. Each deletion of a counter that is in the list begins another one. */
const SCANS = 3;
/** A list for which nobody asked for so long is forgotten: keeping it costs each round a look at each counter that it changed. */
const KEEP_MS = 60_000;

/** The list of one day. */
interface BusyDay {
  readonly days: KeptDays;
  readonly day: Day;
  readonly counters: LargestCounters;
  /** Resolves when all counters have been looked at, or when another list has taken its place. */
  readonly complete: Promise<void>;
  askedAt: number;
}

/**
 * The counters with the most hits of a day, for pages that sort by them. Nothing is kept until somebody asks. Then all counters of the day
 * are looked at, in slices, and from there on each change is looked at as it comes.
 *
 * A counter that is deleted leaves the list, and nobody knows which one follows the last: then all are looked at again.
 */
export class BusiestCounters {
  readonly #clock: Clock;
  #list: BusyDay | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Those with most hits first; equal ones by name. `days`: the same object as long as `changed` tells of all that it learns. Null: it was
   * replaced meanwhile, or too many counters were deleted.
   */
  async of(days: KeptDays, day: Day): Promise<readonly CommittedTotal[] | null> {
    for (let scan = 0; scan < SCANS; scan++) {
      let list = this.#list;
      if (list?.days !== days || list.day !== day) list = this.#begin(days, day);
      list.askedAt = this.#clock.monotonic();
      await list.complete;
      if (this.#list === list) return list.counters.list;
    }
    return null;
  }

  /** Takes what `days` has learned. */
  changed(days: KeptDays, { hours = new Map(), cuts = new Map() }: DayChanges): void {
    const list = this.#list;
    if (list?.days !== days) return;
    const isOver = this.#clock.monotonic() - list.askedAt > KEEP_MS;
    if (isOver || [...cuts.keys()].some((counter) => list.counters.has(counter))) {
      this.#list = null;
      return;
    }
    for (const [hour, hits] of hours)
      if (dayOf(hour) === list.day) for (const counter of hits.keys()) look(list, counter);
  }

  forget(): void {
    this.#list = null;
  }

  #begin(days: KeptDays, day: Day): BusyDay {
    const { promise, resolve } = Promise.withResolvers<void>();
    const counters = new LargestCounters(BUSIEST);
    const list = { days, day, counters, complete: promise, askedAt: this.#clock.monotonic() };
    this.#list = list;
    this.#lookAtAll(list, days.pagesOf(day), resolve);
    return list;
  }

  /** Pages that get their first hits meanwhile come with changes. */
  #lookAtAll(list: BusyDay, pages: number[], done: () => void): void {
    const { days, day, counters } = list;
    const began = this.#clock.monotonic();
    while (pages.length > 0 && this.#list === list) {
      for (const [counter, hits] of days.hitsOfPage(day, pages.pop() as number)) counters.set(counter, BigInt(hits));
      if (this.#clock.monotonic() - began < SLICE_MS) continue;
      this.#clock.after(PAUSE_MS, () => this.#lookAtAll(list, pages, done));
      return;
    }
    done();
  }
}

function look({ days, day, counters }: BusyDay, counter: string): void {
  counters.set(counter, BigInt(days.hitsOfDay(counter, day)));
}
