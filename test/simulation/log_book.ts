import { splitId } from "../../internal/core/ledger/log_assessment.ts";
import type { SourceId } from "../../internal/core/log/batch.ts";
import type { Receipt } from "../../internal/ports/counting.ts";
import type { HeldLog } from "../../internal/services/counter/held_log.ts";
import type { HitSet } from "./hit_set.ts";
import type { HourOfHits } from "./hour_book.ts";

/** The hits of one log: the counter of each, and the offset after it. */
interface Hits {
  readonly ends: number[];
  readonly counters: string[];
  /** Hour on the wall clock of the node that acknowledged it; null: no journal has it. With a key, that of each request. */
  readonly hours: (number | null)[][];
}

/**
 * Every log that a history's nodes began, and each acknowledged hit in it. Only the process that began a log appends to it. So a log and an
 * offset mean one hit, whoever holds the log and whichever id it has in a ledger.
 */
export class LogBook {
  readonly #hits = new Map<string, Hits>();
  /** The first id of each log, by every id that it ever had. */
  readonly #first = new Map<SourceId, string>();
  readonly #bases = new Map<SourceId, Set<number>>();

  /** A hit was acknowledged: the offsets from `offset - by` to `offset`. Returns its log. */
  acknowledge({ source, offset }: Receipt, counter: string, by: number, hour: number | null = null): string {
    const log = this.#first.get(source) ?? source;
    this.#first.set(log, log);
    const { ends, counters, hours } = this.#of(log);
    if ((ends.at(-1) ?? 0) !== offset - by) throw new Error(`log ${source} (${log}) jumps to hit ${offset}`);
    ends.push(offset);
    counters.push(counter);
    hours.push([hour]);
    return log;
  }

  /** The first hits of this log may be of this hour, too. */
  alsoIn(log: string, hour: number): void {
    const [hours] = this.#of(log).hours;
    if (hours && !hours.includes(hour)) hours.push(hour);
  }

  /** Hits at the end of a log that no node here began. Returns the offset after them. */
  append(source: SourceId, counter: string, by: number): number {
    const offset = (this.#of(source).ends.at(-1) ?? 0) + by;
    this.acknowledge({ source, offset }, counter, by);
    return offset;
  }

  /** Remembers under which ids these logs may be in a ledger, and where they begin there. */
  learn(held: readonly HeldLog[]): void {
    for (const { log } of held) {
      if (log.base > 0 && !this.#first.has(log.id)) this.#learnSplit(log.id, log.base);
      const first = log.ids[0] as SourceId;
      const known = this.#first.get(first) ?? first;
      for (const id of log.ids) this.#first.set(id, known);
      this.#basesOf(log.id).add(log.base);
    }
  }

  /** The log that has this id; undefined if no node here began it. */
  logOf(id: SourceId): string | undefined {
    const first = this.#first.get(id);
    return first !== undefined && this.#hits.has(first) ? first : undefined;
  }

  /** Where a log may begin in a ledger that gets to know it by `id`. */
  basesOf(id: SourceId): readonly number[] {
    const bases = this.#bases.get(id);
    return bases ? [...bases] : [0];
  }

  /** Whether holders of this log moved it to one ledger from different watermarks. */
  hasTwoBases(log: string): boolean {
    for (const [id, first] of this.#first) if (first === log && (this.#bases.get(id)?.size ?? 0) > 1) return true;
    return false;
  }

  /** How many hits of each counter are in `set`. */
  count(set: HitSet): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [log, from, to] of set) this.countIn(counts, log, from, to);
    return counts;
  }

  /** The hits of a log between two offsets, by counter and hour. */
  *hoursIn(log: string, from: number, to: number): Iterable<HourOfHits> {
    const { ends, counters, hours } = this.#of(log);
    for (let i = firstAfter(ends, from); i < ends.length; i++) {
      const begin = Math.max(from, ends[i - 1] ?? 0);
      if (begin >= to) break;
      const hits = Math.min(to, ends[i] as number) - begin;
      yield { counter: counters[i] as string, hours: hours[i] ?? [null], hits };
    }
  }

  /** Adds the hits of a log between two offsets to `counts`. */
  countIn(counts: Map<string, number>, log: string, from: number, to: number): void {
    const { ends, counters } = this.#of(log);
    for (let i = firstAfter(ends, from); i < ends.length; i++) {
      const begin = Math.max(from, ends[i - 1] ?? 0);
      if (begin >= to) break;
      const counter = counters[i] as string;
      counts.set(counter, (counts.get(counter) ?? 0) + Math.min(to, ends[i] as number) - begin);
    }
  }

  #learnSplit(id: SourceId, base: number): void {
    for (const [origin, first] of this.#first) if (splitId(origin, base) === id) return void this.#first.set(id, first);
  }

  #basesOf(id: SourceId): Set<number> {
    const bases = this.#bases.get(id) ?? new Set();
    this.#bases.set(id, bases);
    return bases;
  }

  #of(log: string): Hits {
    const hits = this.#hits.get(log) ?? { ends: [], counters: [], hours: [] };
    this.#hits.set(log, hits);
    return hits;
  }
}

/** Index of the first of `ends` after `offset`. */
function firstAfter(ends: readonly number[], offset: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] as number) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
