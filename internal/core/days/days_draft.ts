import { type Cut, type Cuts, cutsOf, type HitsInHours } from "./day_changes.ts";
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

/** Deletions may always take this many bytes in memory, also where the budget is smaller. */
const MIN_CUT_BYTES = 1_000_000;

/** The hits by hour that one transaction changes (docs/protocol.md, Days). */
export class DaysDraft {
  readonly #days: KeptDays;
  readonly #terms: DayTerms | null;
  readonly #hits = new Map<Hour, Map<string, number>>();
  /** Counters that the transaction deletes, and that had hits. */
  readonly #deleted = new Map<string, Cut>();
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
    hits.set(counter, (hits.get(counter) ?? this.#hitsBefore(counter, at)) + by);
  }

  /**
   * Whether one more counter may be deleted. The days of deletions go when they take more than the budget, and only then are deletions
   * forgotten: those of today never. So there is none more once they take the budget alone.
   */
  mayDelete(counter: string): boolean {
    const most = Math.max(this.#terms?.budget ?? 0, MIN_CUT_BYTES);
    return this.#days.cutBytes < most || this.#days.lastDayOf(counter) === undefined;
  }

  /** The transaction, of this version, deletes the counter: it loses its hits, also those that were added. */
  delete(counter: string, version: number): void {
    for (const [hour, hits] of this.#hits) if (hits.delete(counter) && hits.size === 0) this.#hits.delete(hour);
    const day = this.#days.lastDayOf(counter);
    if (day !== undefined) this.#deleted.set(counter, { version, day });
  }

  /** New numbers of the hours that changed. */
  get hours(): HitsInHours {
    return this.#hits;
  }

  /** The last deletion of each counter that it deletes, or whose hours change. */
  get cuts(): Cuts {
    if (this.#deleted.size === 0 && this.#days.cutBytes === 0) return new Map();
    const changed = [...this.#hits.values()].flatMap((hits) => [...hits.keys()]);
    return cutsOf(new Set([...this.#deleted.keys(), ...changed]), this);
  }

  /** The last deletion of a counter, also by this transaction; undefined: no kept day knows of one. */
  cutOf(counter: string): Cut | undefined {
    return this.#deleted.get(counter) ?? this.#days.cutOf(counter);
  }

  /** Call once the store has the transaction, as this version. */
  commit(version: number): void {
    for (const hour of this.#hits.keys()) this.#days.changed(hour, version);
    this.#days.learn(this);
    this.#days.dropBefore(this.from);
  }

  #hitsBefore(counter: string, hour: Hour): number {
    return this.#deleted.has(counter) ? 0 : this.#days.hits(counter, hour);
  }

  /** No clock may make an hour that is ahead, or change a day that is closed or dropped: such hits count for the hour of the commit (H56). */
  #placeOf(hour: Hour | undefined, now: Hour): Hour {
    const isOpen = hour !== undefined && hour <= now && dayOf(hour) + OPEN_DAYS >= dayOf(now);
    return isOpen && hour >= this.from ? hour : now;
  }
}
