import { whyNoRecords } from "../days/day_block.ts";
import { type Cut, type Cuts, cutsOf, type HitsInHours } from "../days/day_changes.ts";
import type { DaysDraft } from "../days/days_draft.ts";
import { type Day, dateOf, dayIn, dayOf, HOURS_A_DAY, type Hour, isHour } from "../days/hour.ts";
import type { KeptDays } from "../days/kept_days.ts";
import { isCounterName } from "../names.ts";
import type { ByteReader, ByteWriter } from "./byte_records.ts";
import { formats, splitLine, withLine } from "./entry_bytes.ts";
import { UnreadableLedger } from "./entry_fields.ts";
import type { LedgerDraft } from "./ledger_draft.ts";
import { PAGES } from "./totals.ts";

/**
 * Entry `days/<date>/<page>`, for example `days/2026-11-29/0042`: hits by hour of that UTC day, of the counters of that page. One line of
 * JSON with the `version` in which it was written, then the records of `core/days/day_block.ts`. All hours of a day are in one entry: with an entry for each hour, three hundred
 * counters would take three million entries in a year.
 */
export const DAY_NAMES = { from: "days/", to: "days0" };
const NAME = /^days\/(\d{4}-\d{2}-\d{2})\/(\d{4})$/;

export function dayEntryName(day: Day, page: number): string {
  return `${DAY_NAMES.from}${dateOf(day)}/${String(page).padStart(4, "0")}`;
}

/** Names of all entries of days before that of `hour`. */
export function dayEntriesBefore(hour: Hour): { readonly from: string; readonly to: string } {
  return { from: DAY_NAMES.from, to: `${DAY_NAMES.from}${dateOf(dayOf(hour))}` };
}

/** The days of a page in a transaction. */
interface PageDays {
  /** Of which the store's entries lack something, oldest first. */
  readonly lacking: readonly Day[];
  /** Of which the store has an entry once those are written. */
  readonly there: readonly Day[];
  entryOf(day: Day): [string, Uint8Array];
}

/** What the transaction of `draft` must write of the days of a page. `changed`: counters of the page that it changes. */
export function daysOfPage(days: KeptDays, draft: LedgerDraft, page: number, changed: readonly string[]): PageDays {
  const changes = changesOf(draft.days, changed);
  const lacking = new Set([...days.unwritten(page), ...changedDays(changes, draft.version)]);
  const isKept = (day: Day) => day >= dayOf(draft.days.from);
  return {
    lacking: [...lacking].filter(isKept).sort((a, b) => a - b),
    there: [...lacking.union(new Set(days.daysOf(page)))].filter(isKept),
    entryOf: (day) => [dayEntryName(day, page), encodeDay(draft.version, days.records(day, page, changes))],
  };
}

/** The entry of a day and a page. */
export function encodeDay(version: number, records: Uint8Array): Uint8Array {
  const { bytes, at } = withLine({ ...formats(2), version }, records.length);
  bytes.set(records, at);
  return bytes;
}

interface PageChanges {
  readonly hours: HitsInHours;
  readonly cuts: Cuts;
}

/** A page has few of the counters that a transaction changes. */
function changesOf(draft: DaysDraft, counters: readonly string[]): PageChanges {
  const hours = new Map<Hour, ReadonlyMap<string, number>>();
  for (const [hour, hits] of draft.hours) {
    const changed = counters.flatMap((counter): [string, number][] => {
      const by = hits.get(counter);
      return by === undefined ? [] : [[counter, by]];
    });
    if (changed.length > 0) hours.set(hour, new Map(changed));
  }
  return { hours, cuts: cutsOf(counters, draft) };
}

/** `version`: that of the round. The days of earlier deletions know of them. */
function changedDays({ hours, cuts }: PageChanges, version: number): Day[] {
  const deleted = [...cuts.values()].filter((cut) => cut.version === version);
  return [...[...hours.keys()].map(dayOf), ...deleted.map(({ day }) => day)];
}

/** Adds the hits of one entry. Returns its version. Throws UnreadableLedger. */
export function addDayEntry(days: KeptDays, entry: string, bytes: Uint8Array): number {
  const [, date = "", digits = ""] = NAME.exec(entry) ?? [];
  const day = dayIn(date);
  const page = Number(digits);
  if (day === null || page >= PAGES)
    throw new UnreadableLedger(entry, `its name must be ${DAY_NAMES.from}<date>/<page>, with a page below ${PAGES}`);
  const { fields, rest } = splitLine(entry, bytes);
  const version = fields.whole("version");
  const why = whyNoRecords(rest, isCounterName, version);
  if (why !== null) throw new UnreadableLedger(entry, why);
  days.load(day, page, rest, version);
  return version;
}

/**
 * The hours of a round, after its other records. For each: the hour, the number of its counters, and for each of these its place among the
 * counters of the round and its hits in this hour.
 */
export function writeHours(records: ByteWriter, hours: HitsInHours, counters: Iterable<string>): void {
  const places = new Map([...counters].map((counter, place) => [counter, place]));
  for (const [hour, hits] of hours) {
    records.number(hour);
    records.number(hits.size);
    for (const [counter, by] of hits) {
      records.number(places.get(counter) as number);
      records.number(by);
    }
  }
}

/** The hours of a round. */
export interface RoundHours {
  readonly hours: ReadonlySet<Hour>;
  /** By the place of a counter: its hours, each followed by its hits. Absent: it has none. */
  readonly hits: readonly (readonly number[] | undefined)[];
}

/** `counters`: how many the round names. Throws UnreadableLedger. */
export function readHours(entry: string, reader: ByteReader, size: number, counters: number): RoundHours {
  const hours = new Set<Hour>();
  const hits = new Array<number[] | undefined>(counters);
  for (let left = size; left > 0; left--) {
    const hour = reader.number();
    if (!isHour(hour) || hours.has(hour))
      throw new UnreadableLedger(entry, `it has ${hour}, which cannot be an hour here`);
    hours.add(hour);
    for (let more = reader.number(); more > 0; more--) {
      const place = reader.number();
      if (place >= counters) throw new UnreadableLedger(entry, "it has hits of a counter that it does not name");
      const known = hits[place];
      if (known?.at(-2) === hour)
        throw new UnreadableLedger(entry, `it has hits of a counter twice in the hour ${hour}`);
      if (known) known.push(hour, reader.number());
      else hits[place] = [hour, reader.number()];
    }
  }
  return { hours, hits };
}

/** Deletions, after the hours of a round. For each: the place of the counter among those of the round, the version, and the day. */
export function writeCuts(records: ByteWriter, cuts: Cuts, counters: Iterable<string>): void {
  const places = new Map([...counters].map((counter, place) => [counter, place]));
  for (const [counter, { version, day }] of cuts) {
    records.number(places.get(counter) as number);
    records.number(version);
    records.number(day);
  }
}

/** `last`: the version of the round. Throws UnreadableLedger. */
export function readCuts(
  entry: string,
  reader: ByteReader,
  size: number,
  counters: readonly string[],
  last: number,
): Map<string, Cut> {
  const cuts = new Map<string, Cut>();
  for (let left = size; left > 0; left--) {
    const counter = counters[reader.number()];
    if (counter === undefined) throw new UnreadableLedger(entry, "it has days of a counter that it does not name");
    const [version, day] = [reader.number(), reader.number()];
    if (version === 0 || version > last || !isHour(day * HOURS_A_DAY))
      throw new UnreadableLedger(entry, `it has a deletion in version ${version} on day ${day}, which cannot be`);
    cuts.set(counter, { version, day });
  }
  return cuts;
}
