import type { DayChanges } from "../days/day_changes.ts";
import type { SourceId } from "../log/batch.ts";
import type { CounterTotal } from "./counter_total.ts";
import type { EndedSource, Ledger } from "./ledger.ts";
import type { RoundChange } from "./round_encoding.ts";
import type { Totals } from "./totals.ts";

/** What a draft changes in `ledger`, as a round says it. */
export function changeOf(
  ledger: Ledger,
  draft: {
    readonly version: number;
    readonly changed: ReadonlyMap<string, CounterTotal | null>;
    /** What `ledger` has of each of these counters. */
    readonly before: ReadonlyMap<string, CounterTotal | undefined>;
    readonly ended: Ledger["ended"];
    readonly days: DayChanges;
  },
): RoundChange {
  const counters = [...draft.changed].map(([counter, total]): [string, CounterTotal | null] => [
    counter,
    total && changedRegions(draft.before.get(counter), total),
  ]);
  const ended = changedEnds(ledger.ended, draft.ended);
  const { hours, cuts } = draft.days;
  return { version: draft.version, counters: new Map(counters), ended, hours, cuts };
}

/** All of `total` if it begins a generation, otherwise the regions that differ. */
function changedRegions(known: CounterTotal | undefined, total: CounterTotal): CounterTotal {
  if (known?.generation !== total.generation) return total;
  return {
    ...total,
    regions: new Map([...total.regions].filter(([region, sum]) => known.regions.get(region) !== sum)),
  };
}

/** A new end is at the end of `after`, in the order of ends. */
function changedEnds(before: Ledger["ended"], after: Ledger["ended"]): Map<SourceId, EndedSource | null> {
  const changed = new Map<SourceId, EndedSource | null>();
  if (before === after) return changed;
  for (const source of before.keys()) if (!after.has(source)) changed.set(source, null);
  for (const [source, end] of after) if (before.get(source) !== end) changed.set(source, end);
  return changed;
}

/** Applies one counter's change of a round. Rounds must come in ascending order, to the last: totals are absolute (H64). */
export function applyCounter(totals: Totals, counter: string, change: CounterTotal | null): void {
  if (change !== null && totals.update(counter, change)) return;
  const known = totals.get(counter);
  if (change === null) totals.delete(counter);
  else if (known?.generation !== change.generation) totals.set(counter, change);
  else totals.set(counter, { ...change, regions: new Map([...known.regions, ...change.regions]) });
}

/** Applies the ends of a round. */
export function applyEnds(ended: Ledger["ended"], changes: RoundChange["ended"]): void {
  for (const [source, end] of changes) {
    ended.delete(source);
    if (end) ended.set(source, end);
  }
}
