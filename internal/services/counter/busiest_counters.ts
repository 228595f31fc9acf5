import type { DayBlock } from "../../core/days/day_block.ts";
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
/** Times that an answer begins anew. Each deletion of a counter that is in the list makes it necessary. */
const SCANS = 3;
/** A list is forgotten when nobody has asked for it for this long. */
const KEEP_MS = 60_000;
/** A list with more changes is forgotten, too: looking at all counters again costs little more. */
const MOST_CHANGED = 100_000;

/** The list of one day. It is complete when nothing is left to look at. */
interface BusyDay {
  readonly days: KeptDays;
  readonly day: Day;
  readonly counters: LargestCounters;
  readonly blocksLeft: DayBlock[];
  /** Counters that changed since they were looked at. */
  readonly changed: Set<string>;
  /** The looks that are under way; null: none are. */
  looks: Promise<void> | null;
  askedAt: number;
}

/**
 * The counters with the most hits of a day, for pages that sort by them. Nothing is kept until somebody asks. Then all counters of the day
 * are looked at, and for the next answer only those that changed. Both is done in slices, so that commits and hits do not wait.
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
      const list = this.#listOf(days, day);
      list.askedAt = this.#clock.monotonic();
      list.looks ??= this.#lookAtAll(list).then(() => {
        list.looks = null;
      });
      await list.looks;
      if (this.#list === list) return list.counters.list;
    }
    return null;
  }

  /** Takes what `days` has learned. */
  changed(days: KeptDays, { hours = new Map(), cuts = new Map() }: DayChanges): void {
    const list = this.#list;
    if (list?.days !== days) return;
    for (const [hour, hits] of hours)
      if (dayOf(hour) === list.day) for (const counter of hits.keys()) list.changed.add(counter);
    const isOver = this.#clock.monotonic() - list.askedAt > KEEP_MS || list.changed.size > MOST_CHANGED;
    if (isOver || [...cuts.keys()].some((counter) => list.counters.has(counter))) this.#list = null;
  }

  forget(): void {
    this.#list = null;
  }

  #listOf(days: KeptDays, day: Day): BusyDay {
    if (this.#list?.days === days && this.#list.day === day) return this.#list;
    const [counters, changed] = [new LargestCounters(BUSIEST), new Set<string>()];
    this.#list = { days, day, counters, blocksLeft: days.blocksOf(day), changed, looks: null, askedAt: 0 };
    return this.#list;
  }

  /** Until nothing is left, or another list has taken the place of this one. */
  #lookAtAll(list: BusyDay): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slice = () => {
      const began = this.#clock.monotonic();
      while (this.#list === list && lookOnce(list)) {
        if (this.#clock.monotonic() - began < SLICE_MS) continue;
        this.#clock.after(PAUSE_MS, slice);
        return;
      }
      resolve();
    };
    slice();
    return promise;
  }
}

/** Looks at a block, or at a counter that changed. False: nothing is left. What a block does not have changed meanwhile. */
function lookOnce({ days, day, counters, blocksLeft, changed }: BusyDay): boolean {
  const block = blocksLeft.pop();
  if (block) {
    for (const [counter, hits] of days.hitsOfBlock(day, block)) counters.set(counter, BigInt(hits));
    return true;
  }
  for (const counter of changed) {
    changed.delete(counter);
    counters.set(counter, BigInt(days.hitsOfDay(counter, day)));
    return true;
  }
  return false;
}
