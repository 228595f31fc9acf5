import { isMemberField } from "../cluster/member_fields.ts";
import type { DayChanges } from "../days/day_changes.ts";
import type { SourceId } from "../log/batch.ts";
import { isCounterName } from "../names.ts";
import { ByteReader, ByteWriter } from "./byte_records.ts";
import type { CounterTotal } from "./counter_total.ts";
import { readCuts, readHours, writeCuts, writeHours } from "./day_entries.ts";
import { formats, splitLine } from "./entry_bytes.ts";
import { type EntryFields, UnreadableLedger } from "./entry_fields.ts";
import type { EndedSource } from "./ledger.ts";

/**
 * Entry `rounds/<version>`: what one transaction changed. One line of JSON, `{"format","reads","writes","version","regions","hours","cuts"}`, then lists of
 * binary records, each after its number of records. Numbers are LEB128.
 *
 * - counters: name, generation, number of regions plus 1, or 0 if the counter is gone; then for each region its index in `regions` and its new total
 * - ended sources: id, and 0 if it goes on or is forgotten, 1 if it ended, 2 if it ended and is complete; then its watermark and the version of its end
 * - hits by hour (`day_entries.ts`), if `hours` says how many hours there are
 * - deletions that its hours come after (`day_entries.ts`), if `cuts` says how many there are
 *
 * Totals are absolute. A counter's record has only those regions that changed, or all, if its generation is new.
 */
export const ROUND_NAMES = { from: "rounds/", to: "rounds0" };
/** Versions have at most 16 digits. Names of the same length are in the order of their versions. */
const VERSION_DIGITS = 16;
const MAX_TOTAL = 2n ** 64n - 1n;
const MAX_UINT48 = 2 ** 48 - 1;

/** What one transaction changed. `hours` and `cuts` are of counters that are in `counters`; absent: none. */
export interface RoundChange extends DayChanges {
  readonly version: number;
  /** Null: the counter is gone. */
  readonly counters: ReadonlyMap<string, CounterTotal | null>;
  /** Null: the source goes on, or is forgotten. */
  readonly ended: ReadonlyMap<SourceId, EndedSource | null>;
}

export function roundName(version: number): string {
  return ROUND_NAMES.from + String(version).padStart(VERSION_DIGITS, "0");
}

export function encodeRound({ version, counters, ended, hours, cuts }: RoundChange): Uint8Array {
  const regions = new Map<string, number>();
  const records = new ByteWriter();
  records.number(counters.size);
  for (const [counter, total] of counters) {
    records.text(counter);
    records.number(total?.generation ?? 0);
    records.number(total ? total.regions.size + 1 : 0);
    for (const [region, sum] of total?.regions ?? []) {
      if (!regions.has(region)) regions.set(region, regions.size);
      records.number(regions.get(region) as number);
      records.number(sum);
    }
  }
  records.number(ended.size);
  for (const [source, end] of ended) {
    records.source(source);
    records.number(end ? (end.complete ? 2 : 1) : 0);
    if (!end) continue;
    records.number(end.watermark);
    records.number(end.version);
  }
  if (hours && hours.size > 0) writeHours(records, hours, counters.keys());
  if (cuts && cuts.size > 0) writeCuts(records, cuts, counters.keys());
  const lists = { ...(hours?.size && { hours: hours.size }), ...(cuts?.size && { cuts: cuts.size }) };
  return records.after({ ...formats(2), version, regions: [...regions.keys()], ...lists });
}

/** Throws UnreadableLedger. */
export function decodeRound(entry: string, bytes: Uint8Array): RoundChange {
  const reader = new RoundReader(entry, bytes);
  const counters = new Map<string, CounterTotal | null>();
  for (let counter = reader.next(); counter !== null; counter = reader.next()) counters.set(counter, reader.total());
  return { version: reader.version, counters, ...reader.rest() };
}

/**
 * Reads a round record by record: a new leader reads millions, and half of them only to pass them. Call `next` until it returns null, each time
 * followed by `total` or `skip`, and then `rest`. Each method throws UnreadableLedger.
 */
export class RoundReader {
  readonly version: number;
  readonly #entry: string;
  readonly #fields: EntryFields;
  readonly #regions: readonly string[];
  readonly #reader: ByteReader;
  readonly #counters = new Set<string>();
  #left: number;

  constructor(entry: string, bytes: Uint8Array) {
    const { fields, rest } = splitLine(entry, bytes);
    this.version = fields.whole("version");
    if (entry !== roundName(this.version))
      throw new UnreadableLedger(entry, `it says that it is version ${this.version}`);
    this.#entry = entry;
    this.#fields = fields;
    this.#regions = regionNames(entry, fields.raw("regions"));
    this.#reader = new ByteReader(entry, rest);
    this.#left = this.#reader.number();
  }

  /** The name of the next counter; null: there is none. */
  next(): string | null {
    if (this.#left === 0) return null;
    this.#left--;
    const counter = this.#reader.text();
    if (!isCounterName(counter) || this.#counters.has(counter))
      throw new UnreadableLedger(this.#entry, `it names "${counter}", which cannot stand here`);
    this.#counters.add(counter);
    return counter;
  }

  /** What the counter has now; null: it is gone. */
  total(): CounterTotal | null {
    const generation = this.#reader.number(MAX_UINT48);
    const size = this.#reader.number();
    if (size === 0) return null;
    const regions = new Map<string, bigint>();
    for (let left = size - 1; left > 0; left--) regions.set(this.#region(), this.#reader.bigint(MAX_TOTAL));
    return { regions, generation };
  }

  /** Passes what the counter has now. It is checked all the same. */
  skip(): void {
    this.#reader.number(MAX_UINT48);
    for (let left = this.#reader.number() - 1; left > 0; left--) {
      this.#region();
      this.#reader.skip(MAX_TOTAL);
    }
  }

  /** What follows the counters. */
  rest(): Omit<RoundChange, "version" | "counters"> {
    const [entry, reader, fields] = [this.#entry, this.#reader, this.#fields];
    const ended = endedIn(entry, reader);
    const hours = fields.has("hours") ? readHours(entry, reader, fields.whole("hours"), this.#counters) : new Map();
    const cuts = fields.has("cuts")
      ? readCuts(entry, reader, fields.whole("cuts"), this.#counters, this.version)
      : new Map();
    reader.finish();
    return { ended, hours, cuts };
  }

  #region(): string {
    const region = this.#regions[this.#reader.number()];
    if (region === undefined)
      throw new UnreadableLedger(this.#entry, "it has a total of a region that it does not name");
    return region;
  }
}

function regionNames(entry: string, names: unknown): readonly string[] {
  const isRegion = (name: unknown): name is string => typeof name === "string" && isMemberField("region", name);
  if (Array.isArray(names) && names.every(isRegion)) return names;
  throw new UnreadableLedger(entry, "its regions must be a list of regions");
}

function endedIn(entry: string, reader: ByteReader): RoundChange["ended"] {
  const ended = new Map<SourceId, EndedSource | null>();
  for (let left = reader.number(); left > 0; left--) {
    const source = reader.source();
    const how = reader.number();
    if (how > 2) throw new UnreadableLedger(entry, `the end of source ${source} must be 0, 1 or 2, not ${how}`);
    const watermark = how === 0 ? 0 : reader.number(MAX_UINT48);
    const version = how === 0 ? 0 : reader.number(MAX_UINT48);
    ended.set(source, how === 0 ? null : { watermark, complete: how === 2, version });
  }
  return ended;
}
