import { HOURS_A_DAY, type Hour, hourAt } from "../../../core/days/hour.ts";
import { botsOf, visitsOf } from "../../../core/visits/site_counters.ts";
import { visitorsOf } from "../../../core/visits/visitors.ts";
import type { Counting } from "../../../ports/counting.ts";
import { lengthOf, type Period } from "../history/history_query.ts";
import { inPeriods } from "../history/history_route.ts";

/** What is counted for a counter, period by period. */
export interface HitsChart {
  readonly counter: string;
  readonly by: Period;
  /** The first hour of the first period. */
  readonly from: Hour;
  /** The hits first, then what else there is, such as visitors. Each has as many numbers as there are periods. */
  readonly series: readonly Series[];
  /** The first hour that the ledger keeps, of any counter; null: it keeps none yet. */
  readonly since: Hour | null;
}

export interface Series {
  readonly kind: "hits" | "visits" | "visitors" | "bots";
  readonly title: string;
  readonly numbers: readonly number[];
}

/** Periods of a chart: the newest has only begun. */
export const PERIODS: Readonly<Record<Period, number>> = { hour: 48, day: 400 };
/** A chart of days is not shorter than this, however new the ledger is. */
const FEWEST_DAYS = 30;

const KINDS: readonly [kind: Series["kind"], title: string, counterOf: (counter: string) => string][] = [
  ["hits", "Hits", (counter) => counter],
  ["visits", "Visits", visitsOf],
  ["visitors", "Visitors", visitorsOf],
  ["bots", "Bots", botsOf],
];

/** `wall`: milliseconds since 1970. "loading" and "upgrading" are as `Counting.hitsByHour` says. */
export function hitsChart(
  counting: Counting,
  counter: string,
  by: Period,
  wall: number,
): HitsChart | "loading" | "upgrading" {
  const length = lengthOf(by);
  const to = (Math.floor(hourAt(wall) / length) + 1) * length;
  const known = counting.hitsByHour(counter, to - length, to);
  if (typeof known === "string") return known;
  const from = firstHour(by, to, known.since);
  const series = KINDS.map(([kind, title, counterOf]) => {
    const found = counting.hitsByHour(counterOf(counter), from, to);
    const hits = typeof found === "string" ? [] : inPeriods(found.hits, length);
    const byHour = new Map(hits.map((one) => [one.hour, one.hits]));
    const numbers = Array.from({ length: (to - from) / length }, (_, at) => byHour.get(from + at * length) ?? 0);
    return { kind, title, numbers };
  });
  const shown = series.filter(({ kind, numbers }) => kind === "hits" || numbers.some((number) => number > 0));
  return { counter, by, from, series: shown, since: known.since };
}

function firstHour(by: Period, to: Hour, since: Hour | null): Hour {
  const first = to - PERIODS[by] * lengthOf(by);
  if (by === "hour") return first;
  const kept = Math.floor((since ?? to) / HOURS_A_DAY) * HOURS_A_DAY;
  return Math.max(first, Math.min(kept, to - FEWEST_DAYS * HOURS_A_DAY));
}

/** Whether the ledger kept hits in the whole period, or in a part of it. */
export function isKept({ since, from, by }: HitsChart, at: number): boolean {
  return since !== null && from + (at + 1) * lengthOf(by) > since;
}
