import type { KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { AuditEntry } from "../../internal/core/ledger/adjustment.ts";
import { type Ledger, positionOf, watermarkOf } from "../../internal/core/ledger/ledger.ts";
import type { LedgerPosition, SourceId } from "../../internal/core/log/batch.ts";
import type { AdjustBook } from "./adjust_book.ts";
import { HitSet } from "./hit_set.ts";
import type { HourBook, HourOfHits } from "./hour_book.ts";
import type { KeyedBook } from "./keyed_book.ts";
import type { LogBook } from "./log_book.ts";
import type { MarkBook } from "./mark_book.ts";

/** A ledger as the store had it at some time, and exactly the hits that it counted. */
export interface Counted {
  readonly ledger: Ledger | null;
  readonly hits: HitSet;
  readonly byCounter: ReadonlyMap<string, number>;
  /** Hits since the counter was last deleted, without what else people adjusted. */
  readonly hitsByCounter: ReadonlyMap<string, number>;
  /** Keys that were counted, forgotten ones included. */
  readonly keys: ReadonlySet<KeyId>;
  /** Adjustments that were done. */
  readonly adjusted: ReadonlyMap<KeyId, AuditEntry>;
  /** Visitors that were counted, forgotten ones included. */
  readonly visitors: ReadonlySet<string>;
}

export interface SavedLedger {
  readonly counted: Counted;
  readonly line: ReadonlySet<string>;
}

const NOTHING: Counted = {
  ledger: null,
  hits: new HitSet(),
  byCounter: new Map(),
  hitsByCounter: new Map(),
  keys: new Set(),
  adjusted: new Map(),
  visitors: new Set(),
};

/**
 * Which hits each version of the ledger has counted, derived from how its watermarks move. A hit that is counted again is noticed in the
 * transaction that does it, and so is a total that grows by anything but the hits between two watermarks.
 */
export class LedgerBook {
  readonly #logs: LogBook;
  readonly #keyed: KeyedBook;
  readonly #adjusting: AdjustBook;
  readonly #marks: MarkBook;
  readonly #hours: HourBook;
  /** Called with what is wrong, as a sentence for people. */
  readonly #broken: (how: string) => void;
  readonly #versions = new Map<string, Counted>();
  /** The positions that the store's ledger has had. */
  #line = new Set<string>();
  now: Counted = NOTHING;

  constructor(
    logs: LogBook,
    books: {
      readonly keyed: KeyedBook;
      readonly adjusting: AdjustBook;
      readonly marks: MarkBook;
      readonly hours: HourBook;
    },
    broken: (how: string) => void,
  ) {
    this.#logs = logs;
    this.#keyed = books.keyed;
    this.#adjusting = books.adjusting;
    this.#marks = books.marks;
    this.#hours = books.hours;
    this.#broken = broken;
  }

  /** What this version of the ledger had counted; undefined if the store never had it. */
  at(position: LedgerPosition): Counted | undefined {
    return this.#versions.get(keyOf(position));
  }

  /** The store has `ledger` now. `counted`: the keys that this version counts, with their content. `done`: the adjustments that it does. */
  write(ledger: Ledger, counted: readonly (readonly [KeyId, number])[] = [], done: readonly AuditEntry[] = []): void {
    const before = this.now;
    const hits = before.hits.copy();
    const moved = movedSources(before.ledger, ledger);
    const bases = this.#bases(before.ledger, ledger, moved);
    const byCounter = new Map(before.byCounter);
    const hitsByCounter = new Map(before.hitsByCounter);
    let byHour: HourOfHits[] = [];
    const count = (log: string, from: number, to: number) => {
      this.#count(log, from, to, hits, byCounter);
      this.#logs.countIn(hitsByCounter, log, from, to);
      byHour.push(...this.#logs.hoursIn(log, from, to));
    };
    for (const { source, from, to } of moved) {
      const log = this.#logs.logOf(source);
      if (log === undefined) this.#broken(`log ${source} was counted, and nobody began it`);
      else count(log, from ?? (bases.get(source) as number), to);
    }
    for (const { log, by } of this.#keyed.counts(counted)) count(log, 0, by);
    const keys = this.#withKeys(before.keys, counted);
    const visitors = this.#withVisitors(before, ledger, [byCounter, hitsByCounter], byHour);
    const deleted = new Set(done.flatMap(({ action, counter }) => (action === "delete" && counter ? [counter] : [])));
    // Adjustments come after all hits of their version.
    for (const counter of deleted) hitsByCounter.delete(counter);
    byHour = byHour.filter(({ counter }) => !deleted.has(counter));
    const adjusted = this.#withAdjusted(before.adjusted, done);
    const totals = this.#adjusting.apply(byCounter, done, totalsOf(ledger));
    this.#adjusting.checkLinks(before.ledger?.links ?? new Map(), ledger.links, done);
    this.#compare(ledger, totals);
    this.#hours.write(before.ledger, ledger, byHour, hitsByCounter, deleted);
    this.#become({ ledger, hits, byCounter: totals, hitsByCounter, keys, adjusted, visitors });
  }

  /** Whether the store's ledger has had this version. */
  isInStore(position: LedgerPosition): boolean {
    return this.#line.has(keyOf(position));
  }

  /** For a backup of the store. `restore` puts it back. */
  save(): SavedLedger {
    return { counted: this.now, line: new Set(this.#line) };
  }

  restore({ counted, line }: SavedLedger): void {
    this.now = counted;
    this.#line = new Set(line);
  }

  wipe(): void {
    this.now = NOTHING;
    this.#line.clear();
  }

  #withKeys(before: ReadonlySet<KeyId>, counted: readonly (readonly [KeyId, number])[]): ReadonlySet<KeyId> {
    if (counted.length === 0) return before;
    for (const [key] of counted) if (before.has(key)) this.#broken(`key ${key} was counted twice`);
    return new Set([...before, ...counted.map(([key]) => key)]);
  }

  #withAdjusted(before: ReadonlyMap<KeyId, AuditEntry>, done: readonly AuditEntry[]): ReadonlyMap<KeyId, AuditEntry> {
    if (done.length === 0) return before;
    for (const { key } of done) if (before.has(key)) this.#broken(`adjustment ${key} was done twice`);
    return new Map([...before, ...done.map((entry) => [entry.key, entry] as const)]);
  }

  #withVisitors(
    before: Counted,
    ledger: Ledger,
    sums: readonly Map<string, number>[],
    byHour: HourOfHits[],
  ): ReadonlySet<string> {
    const counted = this.#marks.counts(before.ledger, ledger);
    if (counted.length === 0) return before.visitors;
    const visitors = new Set(before.visitors);
    for (const { visit, counter, lastHour } of counted) {
      if (visitors.has(visit)) this.#broken(`a visitor was counted twice: ${visit}`);
      visitors.add(visit);
      for (const sum of sums) sum.set(counter, (sum.get(counter) ?? 0) + 1);
      byHour.push({ counter, hours: [lastHour], hits: 1, ofPeriod: true });
    }
    return visitors;
  }

  #become(counted: Counted): void {
    this.now = counted;
    const key = keyOf(positionOf(counted.ledger as Ledger));
    if (this.#versions.has(key)) this.#broken(`two ledgers are at one position: ${key}`);
    this.#versions.set(key, counted);
    this.#line.add(key);
  }

  #count(log: string, from: number, to: number, hits: HitSet, byCounter: Map<string, number>): void {
    const added = hits.lacking(log, from, to).reduce((sum, [begin, end]) => sum + end - begin, 0);
    if (added < to - from)
      this.#broken(`counted twice: ${to - from - added} of the hits ${from} to ${to} of log ${log}`);
    hits.add(log, from, to);
    this.#logs.countIn(byCounter, log, from, to);
  }

  #compare(ledger: Ledger, byCounter: ReadonlyMap<string, number>): void {
    const totals = totalsOf(ledger);
    for (const counter of new Set([...totals.keys(), ...byCounter.keys()])) {
      const [total, hits] = [totals.get(counter) ?? 0, byCounter.get(counter) ?? 0];
      if (total !== hits)
        this.#broken(`version ${ledger.version} has ${total} of ${counter}, up to its watermarks there are ${hits}`);
    }
  }

  /** Where logs begin that the ledger did not know before. Two holders may have moved one log from different offsets: `prunedSum` tells. */
  #bases(before: Ledger | null, ledger: Ledger, moved: readonly Moved[]): Map<SourceId, number> {
    const unknown = moved.filter(({ from }) => from === null).map(({ source }) => source);
    const choices = unknown.map((source) => this.#logs.basesOf(source));
    let sum = before ? Number(before.prunedSum - ledger.prunedSum) : 0;
    for (const [source, { watermark }] of before?.ended ?? [])
      if (watermarkOf(ledger, source) === undefined) sum += watermark;
    const bases = choose(choices, sum) ?? choices.map(([base]) => base as number);
    return new Map(unknown.map((source, i) => [source, bases[i] as number]));
  }
}

interface Moved {
  readonly source: SourceId;
  /** Null if the ledger did not know it before. */
  readonly from: number | null;
  readonly to: number;
}

function movedSources(before: Ledger | null, ledger: Ledger): Moved[] {
  const moved: Moved[] = [];
  const look = (source: SourceId, to: number) => {
    const from = (before && watermarkOf(before, source)) ?? null;
    if (from !== to) moved.push({ source, from, to });
  };
  for (const [source, watermark] of ledger.sources) look(source, watermark);
  for (const [source, { watermark }] of ledger.ended) look(source, watermark);
  return moved;
}

/** One number of each of `choices`, so that they sum to `sum`; null if there are none. */
function choose(choices: readonly (readonly number[])[], sum: number): number[] | null {
  const [first, ...rest] = choices;
  if (!first) return sum === 0 ? [] : null;
  for (const one of first) {
    const others = choose(rest, sum - one);
    if (others) return [one, ...others];
  }
  return null;
}

function totalsOf(ledger: Ledger): Map<string, number> {
  const totals = new Map<string, number>();
  for (const [counter, { regions }] of ledger.totals)
    totals.set(
      counter,
      [...regions.values()].reduce((sum, total) => sum + Number(total), 0),
    );
  return totals;
}

function keyOf({ id, version, writer }: LedgerPosition): string {
  return `${id} ${version} ${writer}`;
}
