import type { Day, Hour } from "./hour.ts";

/** Hits of one UTC hour, by counter. Numbers are absolute, as totals are: all hits of the hour since the counter was last deleted. */
export type HitsInHours = ReadonlyMap<Hour, ReadonlyMap<string, number>>;

/** A counter was deleted: hits from before have no hours any more. */
export interface Cut {
  /** The version that deleted it. */
  readonly version: number;
  /** The latest day that says so. When it is dropped, nothing from before is left. */
  readonly day: Day;
}

/** The last deletion of each counter. */
export type Cuts = ReadonlyMap<string, Cut>;

/** The last deletions of these counters. */
export function cutsOf(counters: Iterable<string>, known: { cutOf(counter: string): Cut | undefined }): Cuts {
  const cuts = new Map<string, Cut>();
  for (const counter of counters) {
    const cut = known.cutOf(counter);
    if (cut) cuts.set(counter, cut);
  }
  return cuts;
}

/** What becomes known of days. A counter of `hours` that is not in `cuts` was not deleted, or no kept day knows of it. */
export interface DayChanges {
  readonly hours?: HitsInHours | undefined;
  readonly cuts?: Cuts | undefined;
}
