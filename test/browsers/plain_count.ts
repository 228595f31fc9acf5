const DAY_MS = 86_400_000;
/** A node looks at its clock some moments before its answer is here, or after. */
const MARGIN_MS = 50;

/** How many, at least and at most. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Something that happened between two times of the nodes' clock, in milliseconds. */
export interface Moment {
  readonly from: number;
  readonly to: number;
}

interface Hit {
  /** UTC days in which it may have been counted: two around midnight. */
  readonly days: readonly number[];
  /** False: the connection broke, so it may not have been counted. */
  readonly certain: boolean;
}

/** One visitor of a counter in a period. */
interface Sighting {
  readonly counter: string;
  readonly day: number;
  readonly period: Moment;
  /** Processes that certainly saw it, in this very period. */
  readonly lives: Set<string>;
  /** Whether it was certain when no visitor waited. */
  isDecided: boolean;
  /** Views the page again. */
  readonly again: () => Promise<void>;
}

/**
 * Counts on paper what nodes should count: hits one by one, and visitors by name. It knows nothing of how nodes do it. A node that is killed may
 * take the visitors of its last second with it, so those count for certain only if another process saw them, too.
 */
export class PlainCount {
  readonly #hits = new Map<string, Hit[]>();
  readonly #sightings = new Map<string, Sighting>();
  readonly #lost = new Set<string>();

  hit(counter: string, moment: Moment, certain: boolean): void {
    const hits = this.#hits.get(counter) ?? [];
    this.#hits.set(counter, hits);
    hits.push({ days: periodsOf(moment, DAY_MS), certain });
  }

  /** A visitor, who counts once in each period of `periodMs`. `life`: the process that saw it; null: perhaps none did. */
  see(
    counter: string,
    visitor: string,
    moment: Moment,
    periodMs: number,
    life: string | null,
    again: () => Promise<void>,
  ): void {
    const periods = periodsOf(moment, periodMs);
    for (const period of periods) {
      const key = `${counter} ${period} ${visitor}`;
      const bounds = { from: period * periodMs, to: (period + 1) * periodMs };
      const day = Math.floor(bounds.from / DAY_MS);
      const fresh = { counter, day, period: bounds, lives: new Set<string>(), isDecided: false, again };
      const sighting = this.#sightings.get(key) ?? fresh;
      this.#sightings.set(key, sighting);
      if (life !== null && periods.length === 1) sighting.lives.add(life);
    }
  }

  /** The process was killed. */
  lost(life: string): void {
    this.#lost.add(life);
  }

  /** The process may have forgotten visitors, and goes on. */
  doubt(life: string): void {
    for (const { lives } of this.#sightings.values()) lives.delete(life);
  }

  /** No visitor waits any more: nobody can forget those of now. */
  settled(): void {
    for (const sighting of this.#sightings.values()) sighting.isDecided = this.#isCertain(sighting);
  }

  /** Ways to see those visitors again of whom a killed process may have been the only one that knew, while their period goes on. */
  forgotten(at: number): (() => Promise<void>)[] {
    return [...this.#sightings.values()]
      .filter(({ period }) => period.from <= at && at < period.to)
      .filter((sighting) => !this.#isCertain(sighting))
      .map(({ again }) => again);
  }

  get counters(): string[] {
    return [...new Set([...this.#hits.keys(), ...this.#sightings.values().map(({ counter }) => counter)])].sort();
  }

  /** By counter: the total, and that of each day. */
  results(days: readonly number[]): Map<string, { readonly total: Range; readonly days: readonly Range[] }> {
    const all = new Map(this.counters.map((counter) => [counter, { total: [0, 0], days: days.map(() => [0, 0]) }]));
    const add = (range: number[], certain: boolean) => {
      range[0]! += Number(certain);
      range[1]!++;
    };
    for (const [counter, hits] of this.#hits)
      for (const hit of hits) {
        const result = all.get(counter)!;
        add(result.total, hit.certain);
        for (const day of hit.days) add(result.days[days.indexOf(day)]!, hit.certain && hit.days.length === 1);
      }
    for (const sighting of this.#sightings.values()) {
      const result = all.get(sighting.counter)!;
      for (const range of [result.total, result.days[days.indexOf(sighting.day)]!])
        add(range, this.#isCertain(sighting));
    }
    const range = ([low = 0, high = 0]: number[]): Range => ({ low, high });
    return new Map(
      [...all].map(([counter, { total, days }]) => [counter, { total: range(total), days: days.map(range) }]),
    );
  }

  #isCertain({ lives, isDecided }: Sighting): boolean {
    return isDecided || [...lives].some((life) => !this.#lost.has(life));
  }
}

function periodsOf({ from, to }: Moment, periodMs: number): number[] {
  const [first, last] = [from - MARGIN_MS, to + MARGIN_MS].map((time) => Math.floor(time / periodMs)) as [
    number,
    number,
  ];
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
