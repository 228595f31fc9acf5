import { crc32 } from "node:zlib";
import type { LedgerPosition, LedgerRef, Segment, SourceId } from "../../core/log/batch.ts";
import { addHits, type Counts } from "../../core/log/counts.ts";
import { isCounterName } from "../../core/names.ts";
import { JournalError } from "../../ports/journal.ts";
import { type Header, JOURNAL_FORMAT } from "./journal_lines.ts";

/** Content of the undamaged lines of a journal. */
export interface JournalContent {
  readonly header: Header;
  readonly firstOffer: LedgerRef | null;
  /** Cut at every seal; the last one may be open. */
  readonly segments: readonly Segment[];
  /** The offset after the last hit. */
  readonly end: number;
  /** Bytes before the first damaged line. */
  readonly validLength: number;
}

/**
 * Reads up to the first torn or damaged line; null if the header is damaged. Throws JournalError for an undamaged line of unknown content:
 * a newer release wrote it.
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
  return reader.content(validLength);
}

type JournalRecord = Readonly<Record<string, unknown>>;

const NEWLINE = 0x0a;
/** 8 hex digits and a space. */
const PREFIX_LENGTH = 9;

function* wholeLines(bytes: Buffer): Generator<{ record: JournalRecord; end: number }, void> {
  for (let at = 0; ; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline < 0) return;
    const record = wholeRecord(bytes.subarray(at, newline));
    if (record === null) return;
    at = newline + 1;
    yield { record, end: at };
  }
}

function wholeRecord(line: Buffer): JournalRecord | null {
  const json = line.subarray(PREFIX_LENGTH);
  const sum = line.toString("latin1", 0, PREFIX_LENGTH);
  if (sum !== `${crc32(json).toString(16).padStart(8, "0")} `) return null;
  try {
    const record: unknown = JSON.parse(json.toString());
    return isJsonObject(record) ? record : null;
  } catch {
    return null;
  }
}

class JournalReader {
  readonly #header: Header;
  readonly #path: string;
  readonly #segments: Segment[] = [];
  #note: LedgerRef | null;
  #from: number;
  #end: number;
  #counts: Counts = new Map();

  constructor(header: Header, path: string) {
    this.#header = header;
    this.#path = path;
    this.#note = header.note;
    this.#from = header.from;
    this.#end = header.from;
  }

  read(record: JournalRecord): void {
    if (isJsonObject(record.hits)) this.#hits(record.hits);
    else if (isLedgerRef(record.note)) this.#note = record.note;
    else if (record.seal === this.#end) this.#cut();
    else throw notUnderstood(this.#path, record);
  }

  content(validLength: number): JournalContent {
    this.#cut();
    return { header: this.#header, firstOffer: this.#note, segments: this.#segments, end: this.#end, validLength };
  }

  #hits(hits: JournalRecord): void {
    for (const [counter, by] of Object.entries(hits)) {
      if (!isCounterName(counter) || !isOffset(by) || by === 0) throw notUnderstood(this.#path, { hits });
      addHits(this.#counts, counter, by);
      this.#end += by;
    }
  }

  #cut(): void {
    if (this.#end === this.#from) return;
    this.#segments.push({ from: this.#from, to: this.#end, counts: this.#counts });
    this.#from = this.#end;
    this.#counts = new Map();
  }
}

function asHeader(record: JournalRecord, path: string): Header {
  const { journal, source, formerly = [], region, base, from, shown, note = null, replaces } = record;
  if (journal !== JOURNAL_FORMAT && isOffset(journal)) {
    throw new JournalError(
      `Cannot read journal ${path}: it has format ${journal}, this release reads ${JOURNAL_FORMAT}. Start the newer release; nothing was changed`,
      true,
    );
  }
  const ids = Array.isArray(formerly) && formerly.every(isSource) ? formerly : null;
  const named = isSource(source) && ids !== null && typeof region === "string" && (note === null || isLedgerRef(note));
  const placed = isOffset(base) && isOffset(from) && isOffset(shown) && base <= shown;
  if (journal !== JOURNAL_FORMAT || !named || !placed) throw notUnderstood(path, record);
  return { journal, source, formerly: ids, region, base, from, shown, note, ...(isSource(replaces) && { replaces }) };
}

function notUnderstood(path: string, record: JournalRecord): JournalError {
  const shown = JSON.stringify(record).slice(0, 200);
  return new JournalError(
    `Cannot read journal ${path}: this release does not know the line ${shown}. Start the newer release; nothing was changed`,
    true,
  );
}

function isJsonObject(value: unknown): value is JournalRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSource(value: unknown): value is SourceId {
  return typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
}

function isLedgerRef(value: unknown): value is LedgerRef {
  return isJsonObject(value) && typeof value.id === "string" && isOffset(value.version);
}

/** Whether `value` is a ledger position as `ledger.json` has it. */
export function isLedgerPosition(value: unknown): value is LedgerPosition {
  return isJsonObject(value) && isLedgerRef(value) && typeof value.writer === "string";
}
