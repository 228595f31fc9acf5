import type { Ledger } from "../../internal/core/ledger/ledger.ts";

/**
 * Hits that one transaction counts. `hours`: on the wall clock of the node that acknowledged them; null: its release records none. With a
 * key, those of all nodes that got a request: any of these may be the one that counted.
 */
export interface HourOfHits {
  readonly counter: string;
  readonly hours: readonly (number | null)[];
  readonly hits: number;
  /** Visitors: the hour is the last one of their period, and no clock may have shown it yet. */
  readonly ofPeriod?: boolean;
}

interface InHour {
  readonly counter: string;
  readonly hour: number | null;
  readonly hits: number;
}

const HOURS_A_DAY = 24;
const EVER = [0, Number.MAX_SAFE_INTEGER] as const;

/**
 * A plain count of hits by the hour of the node that acknowledged them, compared with the ledger's hours in each transaction. Which hour the
 * leader takes for its own, the books do not know: the clocks of this history differ. But it must be one hour for the whole transaction, one
 * that some clock shows, and all hits must be where the rule puts them then.
 */
export class HourBook {
  readonly #broken: (how: string) => void;
  readonly #clocks: () => Iterable<number>;
  /** Clocks that wrote this history: a transaction may be late, and its leader's process dead. */
  readonly #seen = new Set<number>();
  /** Whether some journal may have lost its hours: a node of 0.1.0 wrote it. Then only sums are checked. */
  tolerant = false;
  /** Transactions in which some hits were not in the hour in which they were acknowledged. */
  moved = 0;
  /** Hours that any ledger of this history had. */
  readonly hours = new Set<number>();

  /** `clocks`: hours that the nodes' wall clocks show now. */
  constructor(clocks: () => Iterable<number>, broken: (how: string) => void) {
    this.#clocks = clocks;
    this.#broken = broken;
  }

  /** Call often, and before clocks jump: the transaction of a round may come long after it began. */
  lookAtClocks(): void {
    for (const hour of this.#clocks()) this.#seen.add(hour);
  }

  /**
   * The store has `after`, which counts `hits` more than `before`. Counters of `deleted` have only those days that they got in this version,
   * after their deletion. `byCounter`: all hits of each counter since it was last deleted.
   */
  write(
    before: Ledger | null,
    after: Ledger,
    hits: readonly HourOfHits[],
    byCounter: ReadonlyMap<string, number>,
    deleted: ReadonlySet<string>,
  ): void {
    this.lookAtClocks();
    const acknowledged = hits.filter(({ ofPeriod }) => !ofPeriod).flatMap(({ hours }) => hours);
    for (const hour of acknowledged) if (hour !== null) this.#seen.add(hour);
    if (!before?.layout || !after.layout) return;
    const counters = [...new Set([...hits.map(({ counter }) => counter), ...deleted])];
    for (const counter of byCounter.keys()) this.#checkSum(after, counter, byCounter.get(counter) ?? 0);
    const gained = counters.flatMap((counter) => this.#gained(deleted.has(counter) ? null : before, after, counter));
    for (const { hour } of gained) if (hour !== null) this.hours.add(hour);
    const each = byCounterOf(counters, gained, hits);
    const fits = [...this.#seen].some((now) =>
      each.every((one) => isPossible(one, (hit) => placed(hit, now, after.daysFrom))),
    );
    if (!fits && !this.tolerant)
      this.#broken(`version ${after.version} has more hits, and no hour of its commit explains them: ${told(each)}`);
    if (!each.every((one) => isPossible(one, (hit) => hit))) this.moved++;
  }

  #checkSum(ledger: Ledger, counter: string, hits: number): void {
    const sum = ledger.days.read(counter, ...EVER).reduce((sum, { hits }) => sum + hits, 0);
    if (sum > hits) this.#broken(`the hours of ${counter} have ${sum} hits, and it was counted ${hits} times`);
  }

  #gained(before: Ledger | null, after: Ledger, counter: string): InHour[] {
    const known = new Map(before?.days.read(counter, ...EVER).map(({ hour, hits }) => [hour, hits]));
    return after.days
      .read(counter, ...EVER)
      .map(({ hour, hits }) => ({ counter, hour, hits: hits - (known.get(hour) ?? 0) }))
      .filter(({ hits }) => hits !== 0);
  }
}

/** Where the rule puts these hits: neither ahead, nor in a closed or dropped day. */
function placed({ counter, hour, hits }: InHour, clock: number, from: number): InHour {
  const now = Math.max(clock, from);
  const firstOpen = (Math.floor(now / HOURS_A_DAY) - 2) * HOURS_A_DAY;
  const stays = hour !== null && hour >= from && hour >= firstOpen && hour <= now;
  return { counter, hour: stays ? hour : now, hits };
}

/** What one counter has more in each hour, and what it may have, by the hours in which its hits were acknowledged. */
interface HoursOfCounter {
  readonly actual: string;
  readonly possible: readonly (readonly InHour[])[];
}

function byCounterOf(
  counters: readonly string[],
  gained: readonly InHour[],
  hits: readonly HourOfHits[],
): HoursOfCounter[] {
  const [after, before] = [Map.groupBy(gained, counterOf), Map.groupBy(hits, counterOf)];
  return counters.map((counter) => {
    return { actual: text(after.get(counter) ?? []), possible: choices(before.get(counter) ?? []) };
  });
}

function counterOf({ counter }: { readonly counter: string }): string {
  return counter;
}

function isPossible({ actual, possible }: HoursOfCounter, place: (hit: InHour) => InHour): boolean {
  return possible.some((chosen) => actual === text(chosen.map(place)));
}

function told(counters: readonly HoursOfCounter[]): string {
  return counters
    .map(({ actual, possible }) => `${actual}, acknowledged as ${possible.map(text).join(" or ")}`)
    .join("; ");
}

/** Most ways to choose that are tried. Few hits of one counter have keys and more than one hour. */
const MOST_CHOICES = 256;

/** Each way to choose one hour for each of these hits, unless another way comes to the same. */
function choices(hits: readonly HourOfHits[]): InHour[][] {
  let all: InHour[][] = [[]];
  for (const { counter, hours, hits: by } of hits) {
    const [first = null, ...others] = all.length * hours.length > MOST_CHOICES ? hours.slice(0, 1) : hours;
    const more = others.flatMap((hour) => all.map((chosen) => [...chosen, { counter, hour, hits: by }]));
    // In place: a history may count a million counters in one transaction.
    for (const chosen of all) chosen.push({ counter, hour: first, hits: by });
    if (more.length > 0) all = [...new Map([...all, ...more].map((chosen) => [text(chosen), chosen])).values()];
  }
  return all;
}

/** Equal for hits that are the same in each hour. */
function text(hits: readonly InHour[]): string {
  const sums = new Map<string, number>();
  for (const { counter, hour, hits: by } of hits) {
    const key = `${counter} in ${hour}`;
    sums.set(key, (sums.get(key) ?? 0) + by);
  }
  const sorted = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, by]) => `${by} of ${key}`).join(", ");
}
