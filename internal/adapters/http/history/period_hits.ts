import { dayOf, HOURS_A_DAY, type Hour, hourAt } from "../../../core/days/hour.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { BoundedMap } from "../bounded_map.ts";

/** The UTC days of a period. The last one is today. */
const DAYS = { today: 1, week: 7, month: 30 } as const;

export type RecentPeriod = keyof typeof DAYS;
export const RECENT_PERIODS = Object.keys(DAYS) as RecentPeriod[];

/** When the hits were last known to be current may be this long before a day begins: news of a new day takes a moment. */
const LATE_MS = 60_000;
const ALL_HOURS: readonly [from: Hour, to: Hour] = [0, Number.MAX_SAFE_INTEGER];

/**
 * Committed hits of counters today and in the last days. Images and views ask for them with each hit, so they are added up once after each
 * publication.
 */
export class PeriodHits {
  readonly #counting: Counting;
  readonly #clock: Clock;
  /** By period, day and counter, as of the newest publication. */
  readonly #known = new BoundedMap<bigint | null>();

  constructor(counting: Counting, clock: Clock) {
    this.#counting = counting;
    this.#clock = clock;
    counting.onRound(() => this.#known.clear());
  }

  /**
   * Null: this node does not know the whole number. It has not read the days yet, has heard nothing since the day began, or the ledger keeps
   * only a part of the period's hits.
   */
  of(counter: string, period: RecentPeriod): bigint | null {
    const today = dayOf(hourAt(this.#clock.wall()));
    const key = `${period} ${today} ${counter}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const hits = this.#add(counter, today + 1 - DAYS[period], today + 1);
    this.#known.set(key, hits);
    return hits;
  }

  /** The counters with the most hits today, most first. Null: this node does not know them. */
  async busiestToday(): Promise<readonly string[] | null> {
    const busiest = await this.#counting.busiest(dayOf(hourAt(this.#clock.wall())));
    return busiest?.map(({ counter }) => counter) ?? null;
  }

  #add(counter: string, firstDay: number, endDay: number): bigint | null {
    const from = firstDay * HOURS_A_DAY;
    const found = this.#counting.hitsByHour(counter, from, endDay * HOURS_A_DAY);
    if (typeof found === "string" || dayOf(hourAt(found.asOf + LATE_MS)) < endDay - 1) return null;
    const isWhole = (found.since !== null && found.since <= from) || this.#hasAllHits(counter);
    return isWhole ? sumOf(found.hits) : null;
  }

  /** Whether the kept hours have every hit that was ever counted: then the ledger need not be as old as the period. */
  #hasAllHits(counter: string): boolean {
    const found = this.#counting.hitsByHour(counter, ...ALL_HOURS);
    const reading = this.#counting.read(counter);
    const committed = reading ? reading.committed : this.#counting.complete() ? 0n : null;
    return typeof found !== "string" && sumOf(found.hits) === committed;
  }
}

function sumOf(hours: readonly { readonly hits: number }[]): bigint {
  return BigInt(hours.reduce((sum, { hits }) => sum + hits, 0));
}
