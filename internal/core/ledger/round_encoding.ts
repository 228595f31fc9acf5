import { isMemberField } from "../cluster/member_fields.ts";
import type { Cuts, DayChanges, HitsInHours } from "../days/day_changes.ts";
import type { Hour } from "../days/hour.ts";
import type { SourceId } from "../log/batch.ts";
import { isCounterName } from "../names.ts";
import { ByteReader, ByteWriter } from "./byte_records.ts";
import { type CounterTotal, MAX_TOTAL } from "./counter_total.ts";
import { type RoundHours, readCuts, readHours, writeCuts, writeHours } from "./day_entries.ts";
import { formats, splitLine } from "./entry_bytes.ts";
import { UnreadableLedger } from "./entry_fields.ts";
import { JoinedNames } from "./joined_names.ts";
import type { EndedSource } from "./ledger.ts";
import { RegionNames } from "./region_names.ts";
import { copyTotal, MAX_UINT48, readTotal, writeTotal } from "./total_records.ts";

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
  const regions = new RegionNames();
  const records = new ByteWriter();
  records.number(counters.size);
  for (const [counter, total] of counters) {
    records.text(counter);
    writeTotal(records, total, regions);
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
  return records.after({ ...formats(2), version, regions: regions.names, ...lists });
}

/** Throws UnreadableLedger. */
export function decodeRound(entry: string, bytes: Uint8Array): RoundChange {
  const round = new RoundReader(entry, bytes);
  const { version, ended, cuts } = round;
  const counters = round.counters.map((counter, place): [string, CounterTotal | null] => [counter, round.total(place)]);
  return { version, counters: new Map(counters), ended, hours: hitsInHours(round), cuts };
}

function hitsInHours({ hours: { hours, hits }, counters }: RoundReader): HitsInHours {
  const inHours = new Map([...hours].map((hour) => [hour, new Map<string, number>()]));
  for (const [place, counter] of counters.entries()) {
    const ofCounter = hits[place] ?? [];
    for (let i = 0; i < ofCounter.length; i += 2)
      inHours.get(ofCounter[i] as Hour)?.set(counter, ofCounter[i + 1] as number);
  }
  return inHours;
}

/**
 * What a round says, by the places of its counters. All of it was checked, and nothing was made of its totals yet: a new leader reads millions,
 * and half of them its pages have already. The constructor throws UnreadableLedger.
 */
export class RoundReader {
  readonly version: number;
  /** Each once. They are parts of one text, which takes a fifth of the time. So who keeps one name keeps all. */
  readonly counters: readonly string[];
  readonly ended: RoundChange["ended"];
  readonly hours: RoundHours;
  readonly cuts: Cuts;
  readonly #entry: string;
  readonly #regions: readonly string[];
  readonly #reader: ByteReader;
  /** Where the total of each counter begins. */
  readonly #totals: number[] = [];

  constructor(entry: string, bytes: Uint8Array) {
    const { fields, rest } = splitLine(entry, bytes);
    this.version = fields.whole("version");
    if (entry !== roundName(this.version))
      throw new UnreadableLedger(entry, `it says that it is version ${this.version}`);
    this.#entry = entry;
    this.#regions = regionNames(entry, fields.raw("regions"));
    this.#reader = new ByteReader(entry, rest);
    this.counters = this.#readCounters();
    this.ended = endedIn(entry, this.#reader);
    const hours = fields.has("hours") ? fields.whole("hours") : 0;
    this.hours = readHours(entry, this.#reader, hours, this.counters.length);
    this.cuts = fields.has("cuts")
      ? readCuts(entry, this.#reader, fields.whole("cuts"), this.counters, this.version)
      : new Map();
    this.#reader.finish();
  }

  /** What the counter has now; null: it is gone. */
  total(place: number): CounterTotal | null {
    this.#reader.at = this.#totals[place] as number;
    return readTotal(this.#reader, this.#regions);
  }

  /** Writes the same with `writeTotal`. */
  copyTotal(place: number, records: ByteWriter, regions: RegionNames): void {
    this.#reader.at = this.#totals[place] as number;
    copyTotal(this.#reader, this.#regions, records, regions);
  }

  #readCounters(): string[] {
    const names = new JoinedNames();
    for (let left = this.#reader.number(); left > 0; left--) {
      names.take(this.#reader);
      this.#totals.push(this.#reader.at);
      this.#checkTotal();
    }
    const counters = names.split();
    const seen = new Set<string>();
    for (const counter of counters) {
      if (!isCounterName(counter) || seen.has(counter))
        throw new UnreadableLedger(this.#entry, `it names "${counter}", which cannot stand here`);
      seen.add(counter);
    }
    return counters;
  }

  #checkTotal(): void {
    this.#reader.number(MAX_UINT48);
    for (let left = this.#reader.number() - 1; left > 0; left--) {
      if (this.#reader.number() >= this.#regions.length)
        throw new UnreadableLedger(this.#entry, "it has a total of a region that it does not name");
      this.#reader.skip(MAX_TOTAL);
    }
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
