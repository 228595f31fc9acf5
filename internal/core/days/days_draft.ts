import { dayOf, type Hour } from "./hour.ts";
import type { KeptDays } from "./kept_days.ts";

/** What decides about the hours of one transaction. */
export interface DayTerms {
  /** The hour of the commit. */
  readonly now: Hour;
  /** Bytes that all days may take. */
  readonly budget: number;
}

/** Days after the end of a day in which hits of it may still come. */
const OPEN_DAYS = 2;

/** Hits of one UTC hour, by counter. Numbers are absolute, as totals are. */
export type HitsInHours = ReadonlyMap<Hour, ReadonlyMap<string, number>>;

/** The hits by hour that one transaction changes (docs/protocol.md, Days). */
export class DaysDraft {
  readonly #days: KeptDays;
  readonly #terms: DayTerms | null;
  readonly #hits = new Map<Hour, Map<string, number>>();
  /** Hours before this one are dropped by the transaction. */
  readonly from: Hour;

  /** `terms` is null for a ledger without days. */
  constructor(days: KeptDays, terms: DayTerms | null) {
    this.#days = days;
    this.#terms = terms;
    this.from = terms ? days.dropTo(terms.budget, terms.now) : days.from;
  }

  /** Adds hits that were acknowledged in `hour`; undefined: nobody knows when. */
  add(counter: string, hour: Hour | undefined, by: number): void {
    if (!this.#terms) return;
    const at = this.#placeOf(hour, Math.max(this.#terms.now, this.from));
    const hits = this.#hits.get(at) ?? new Map<string, number>();
    this.#hits.set(at, hits);
    hits.set(counter, (hits.get(counter) ?? this.#days.hits(counter, at)) + by);
  }

  /** New numbers of the hours that changed. */
  get hits(): HitsInHours {
    return this.#hits;
  }

  /** Call once the store has the transaction, as this version. */
  commit(version: number): void {
    for (const [hour, hits] of this.#hits) {
      this.#days.changed(hour, version);
      for (const [counter, by] of hits) this.#days.raise(counter, hour, by);
    }
    this.#days.dropBefore(this.from);
  }

  /** No clock may make an hour that is ahead, or change a day that is closed or dropped: such hits count for the hour of the commit (H56). */
  #placeOf(hour: Hour | undefined, now: Hour): Hour {
    const isOpen = hour !== undefined && hour <= now && dayOf(hour) + OPEN_DAYS >= dayOf(now);
    return isOpen && hour >= this.from ? hour : now;
  }
}
