import { dayOf, HOURS_A_DAY, hourAt } from "../../internal/core/days/hour.ts";
import { KeptDays, MAX_DAYS } from "../../internal/core/days/kept_days.ts";
import { dayEntryName, encodeDay } from "../../internal/core/ledger/day_entries.ts";
import type { Totals } from "../../internal/core/ledger/totals.ts";
import { entriesOf, ledgerWith, newTotals } from "./many_counters_ledger.ts";
import { writeEntries } from "./many_counters_store.ts";

/** What a counter has in an hour; `hour`: hours since 1970. */
export type HitsOfHour = (counter: string, hour: number) => number;

/** Writes a store whose counters have hits in each hour of the last 400 days. Their totals are the sum of these. */
export async function writeDaysStore(file: string, counters: readonly string[], hitsOf: HitsOfHour): Promise<void> {
  const totals = newTotals();
  const days = new KeptDays((counter) => totals.pageOf(counter));
  const end = hourAt(Date.now());
  const begin = (dayOf(end) - MAX_DAYS + 1) * HOURS_A_DAY;
  for (const counter of counters) {
    let sum = 0;
    for (let hour = begin; hour < end; hour++) {
      const hits = hitsOf(counter, hour);
      if (hits > 0) days.raise(counter, hour, hits);
      sum += hits;
    }
    totals.set(counter, { regions: new Map([["local", BigInt(sum)]]), generation: 0 });
  }
  const entries = entriesOf(ledgerWith(totals));
  await writeEntries(file, [...entries, ...dayEntries(days, totals, counters, [dayOf(begin), dayOf(end)])]);
}

function dayEntries(
  days: KeptDays,
  totals: Totals,
  counters: readonly string[],
  [first, last]: readonly [number, number],
): [string, Uint8Array][] {
  const pages = [...new Set(counters.map((counter) => totals.pageOf(counter)))];
  const all = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  return all.flatMap((day) =>
    pages.map((page): [string, Uint8Array] => [dayEntryName(day, page), encodeDay(1, days.records(day, page, {}))]),
  );
}
