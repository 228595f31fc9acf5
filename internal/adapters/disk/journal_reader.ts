import { isMemberField } from "../../core/cluster/member_fields.ts";
import { type Hour, isHour } from "../../core/days/hour.ts";
import type { LedgerPosition, LedgerRef, Segment, SourceId } from "../../core/log/batch.ts";
import { addHits, type Counts } from "../../core/log/counts.ts";
import { isCounterName } from "../../core/names.ts";
import { JournalError } from "../../ports/journal.ts";
import { type Header, JOURNAL_FORMAT, SHORTEST_NOTE_BYTES } from "./journal_lines.ts";
import { isJsonObject, type JournalRecord, type Remainder, readRemainder, wholeLines } from "./journal_records.ts";

/** A file that has lost what it once had, which a torn write cannot explain. */
export interface Damage {
  /** Whole lines behind the first broken one. Where their hits are in the log, nobody knows. */
  readonly records: number;
  /** Hits in these lines. */
  readonly hits: number;
  /** Whether a broken line may be the first offer, and no other line tells how old the log is: it must not be taken for one that was never offered. */
  readonly hidesFirstOffer: boolean;
}

/** Content of a journal up to its first broken line. */
export interface JournalContent {
  readonly header: Header;
  /** Also if it stands behind a broken line. */
  readonly firstOffer: LedgerRef | null;
  /** The ledger that the node knew at the log's first hit, null: none; undefined where nothing says so. */
  readonly born: LedgerRef | null | undefined;
  /** Cut at every seal; the last one may be open. */
  readonly segments: readonly Segment[];
  /** The offset after the last hit. */
  readonly end: number;
  /** Bytes before the first broken line. */
  readonly validLength: number;
  /** Null if nothing is broken, or only the tail: a crash tears the last write, and nothing whole can follow it. */
  readonly damage: Damage | null;
}

/**
 * Reads up to the first broken line; null if the header is broken. Throws JournalError for a whole line of unknown content: a newer release
 * wrote it.
 */
export function readJournal(bytes: Buffer, path: string): JournalContent | null {
  const lines = wholeLines(bytes);
  const first = lines.next();
  if (first.done) return null;
  const reader = new JournalReader(asHeader(first.value.record, path), path);
  let validLength = first.value.end;
  for (const { record, end } of lines) {
    reader.read(record);
    validLength = end;
  }
  return reader.content(validLength, readRemainder(bytes.subarray(validLength)));
}

/** Watermarks have 48 bits. */
const MAX_OFFSET = 2 ** 48 - 1;

/** Hits in all whole lines of a file, wherever they stand. */
export function hitsIn(bytes: Buffer): number {
  return readRemainder(bytes).records.reduce((sum, record) => sum + hitsOf(record), 0);
}

class JournalReader {
  readonly #header: Header;
  readonly #path: string;
  readonly #segments: Segment[] = [];
  #note: LedgerRef | null;
  #born: LedgerRef | null | undefined;
  #from: number;
  #end: number;
  #counts: Counts = new Map();
  /** In which these hits were acknowledged; undefined: no line says it. */
  #hour: Hour | undefined;

  constructor(header: Header, path: string) {
    this.#header = header;
    this.#path = path;
    this.#note = header.note;
    this.#born = header.born;
    this.#from = header.from;
    this.#end = header.from;
  }

  read(record: JournalRecord): void {
    if (isJsonObject(record.hits)) this.#hits(record.hits, record);
    else if (isLedgerRef(record.note)) this.#note = record.note;
    else if (record.seal === this.#end) this.#cut();
    else throw notUnderstood(this.#path, record);
  }

  content(validLength: number, remainder: Remainder): JournalContent {
    this.#cut();
    const damage = this.#damage(remainder);
    const { header, firstOffer, born } = { header: this.#header, firstOffer: this.#note, born: this.#born };
    return { header, firstOffer, born, segments: this.#segments, end: this.#end, validLength, damage };
  }

  #damage({ records, longestBroken }: Remainder): Damage | null {
    for (const record of records) this.#readBehind(record);
    const noAge = this.#note === null && this.#born === undefined;
    const hidesFirstOffer = noAge && longestBroken >= SHORTEST_NOTE_BYTES;
    if (records.length === 0 && !hidesFirstOffer) return null;
    return { records: records.length, hits: records.reduce((sum, record) => sum + hitsOf(record), 0), hidesFirstOffer };
  }

  /** Only the first offer means the same wherever it stands. */
  #readBehind(record: JournalRecord): void {
    if (isLedgerRef(record.note)) this.#note = record.note;
    else if (hitsOf(record) === 0 && !isOffset(record.seal)) throw notUnderstood(this.#path, record);
  }

  #hits(hits: JournalRecord, { born, hour }: JournalRecord): void {
    const known = hour === undefined || isHour(hour);
    if (!areCounts(hits) || !known) throw notUnderstood(this.#path, { hits, hour });
    // A batch ends where another hour begins, so this line is not needed where all are whole.
    if (hour !== this.#hour) this.#cut();
    this.#hour = hour;
    if (born === null || isLedgerRef(born)) this.#born ??= born;
    for (const [counter, by] of Object.entries(hits)) {
      addHits(this.#counts, counter, by);
      this.#end += by;
      if (this.#end > MAX_OFFSET) throw notUnderstood(this.#path, { hits });
    }
  }

  #cut(): void {
    if (this.#end === this.#from) return;
    const hour = this.#hour === undefined ? {} : { hour: this.#hour };
    this.#segments.push({ from: this.#from, to: this.#end, counts: this.#counts, ...hour });
    this.#from = this.#end;
    this.#counts = new Map();
  }
}

function asHeader(record: JournalRecord, path: string): Header {
  const { journal, source, formerly = [], region, base, from, shown, note = null, born, replaces } = record;
  // The release 0.1.0 writes no `reads`: only programs that know the format may read it.
  const { reads = journal } = record;
  if (!isFormat(journal) || !isFormat(reads)) throw notUnderstood(path, record);
  if (reads > JOURNAL_FORMAT) {
    throw new JournalError(
      `Cannot read journal ${path}: it needs a release that reads format ${reads}, this one reads ${JOURNAL_FORMAT}. Start the newer release; nothing was changed`,
      true,
    );
  }
  const ids = Array.isArray(formerly) && formerly.every(isSource) ? formerly : null;
  const named = isSource(source) && ids !== null && isRegion(region) && (note === null || isLedgerRef(note));
  const placed =
    isOffset(base) && isOffset(from) && isOffset(shown) && base <= shown && Math.max(from, shown) <= MAX_OFFSET;
  if (!named || !placed) throw notUnderstood(path, record);
  return {
    ...{ journal, reads, source, formerly: ids, region, base, from, shown, note },
    ...((born === null || isLedgerRef(born)) && { born }),
    ...(isSource(replaces) && { replaces }),
  };
}

function notUnderstood(path: string, record: JournalRecord): JournalError {
  const shown = JSON.stringify(record).slice(0, 200);
  return new JournalError(
    `Cannot read journal ${path}: this release does not know the line ${shown}. Start the newer release; nothing was changed`,
    true,
  );
}

/** 0 for a record of another kind. */
function hitsOf({ hits }: JournalRecord): number {
  if (!isJsonObject(hits) || !areCounts(hits)) return 0;
  return Object.values(hits).reduce((sum, by) => sum + by, 0);
}

function areCounts(hits: JournalRecord): hits is Readonly<Record<string, number>> {
  return Object.entries(hits).every(([counter, by]) => isCounterName(counter) && isOffset(by) && by > 0);
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isFormat(value: unknown): value is number {
  return isOffset(value) && value > 0;
}

function isSource(value: unknown): value is SourceId {
  return typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
}

/** Peers refuse every message with another one, and so would cut this node off. */
function isId(value: unknown): value is string {
  return typeof value === "string" && isMemberField("id", value);
}

function isRegion(value: unknown): value is string {
  return typeof value === "string" && isMemberField("region", value);
}

function isLedgerRef(value: unknown): value is LedgerRef {
  return isJsonObject(value) && isId(value.id) && isOffset(value.version);
}

/** Whether `value` is a ledger position as `ledger.json` has it. */
export function isLedgerPosition(value: unknown): value is LedgerPosition {
  return isJsonObject(value) && isLedgerRef(value) && (value.writer === "" || isId(value.writer));
}
