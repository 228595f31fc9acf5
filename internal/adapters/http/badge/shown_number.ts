import { PERIOD_KINDS, type PeriodKind } from "../../../core/marks/period.ts";
import { visitsOf } from "../../../core/visits/site_counters.ts";
import { visitorsOf } from "../../../core/visits/visitors.ts";
import type { Counting } from "../../../ports/counting.ts";
import { type PeriodHits, RECENT_PERIODS, type RecentPeriod } from "../history/period_hits.ts";
import { oneOf, wrong } from "./words.ts";

const SHOWN = ["views", "visits", "visitors"] as const;

/** Which number an image shows, and what a request for it counts. */
export interface ShownNumber {
  /** A hit; a visitor, once in a period; or nothing. */
  readonly counts: "hit" | PeriodKind | null;
  /** What the number is of. A request counts only if it shows views. */
  readonly of: (typeof SHOWN)[number];
  /** When it was counted. */
  readonly period: "total" | RecentPeriod;
}

/** The parameters that all images with a number have. */
export const NUMBER_PARAMETERS = ["count", "of", "once", "period"] as const;

/** Reads these parameters. Throws Problem. */
export function readShown(given: Partial<Record<(typeof NUMBER_PARAMETERS)[number], string>>): ShownNumber {
  const of = oneOf("of", given.of, ...SHOWN);
  const period = oneOf("period", given.period, "total", ...RECENT_PERIODS);
  const once = given.once === undefined ? "hit" : oneOf("once", given.once, ...PERIOD_KINDS);
  return { of, period, counts: counts(given.count) && of === "views" ? once : null };
}

function counts(text: string | undefined): boolean {
  if (text !== undefined && text !== "false") {
    throw wrong("count", `is ${JSON.stringify(text)}`, "count=false to only show, or leave it out");
  }
  return text === undefined;
}

/** The number that an image shows that counts nothing; null: not known yet. */
export function shownValue(deps: ShownDeps, counter: string, { of, period }: ShownNumber): bigint | null {
  const name = NAMES[of](counter);
  return period === "total" ? totalOf(deps.counting, name) : deps.periodHits.of(name, period);
}

/** The number that an image shows that has just counted a hit. `total`: with this hit, which a period gets when it is committed. */
export function shownAfterHit(
  deps: ShownDeps,
  counter: string,
  shown: ShownNumber,
  total: bigint | null,
): bigint | null {
  return shown.period === "total" ? total : shownValue(deps, counter, shown);
}

interface ShownDeps {
  readonly counting: Counting;
  readonly periodHits: PeriodHits;
}

/** The counter that has the number. */
const NAMES: Readonly<Record<ShownNumber["of"], (counter: string) => string>> = {
  views: (counter) => counter,
  visits: visitsOf,
  visitors: visitorsOf,
};

/** A counter that was never counted is 0, as soon as the node has heard a snapshot. */
export function totalOf(counting: Counting, counter: string): bigint | null {
  const reading = counting.read(counter);
  if (reading !== undefined) return reading.value;
  return counting.cluster().ledger === null ? null : 0n;
}
