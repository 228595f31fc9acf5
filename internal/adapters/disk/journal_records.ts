import { crc32 } from "node:zlib";

export type JournalRecord = Readonly<Record<string, unknown>>;

const NEWLINE = 0x0a;
/** 8 hex digits and a space. */
const PREFIX_LENGTH = 9;
/** Where a record may begin in a line that is broken: a changed byte may be the newline between two. */
const RECORD_START = /[0-9a-f]{8} \{"/g;

/** The records of a file up to its first broken line, each with the offset of the byte after it. */
export function* wholeLines(bytes: Buffer): Generator<{ record: JournalRecord; end: number }, void> {
  for (const { line, end, ended } of linesOf(bytes)) {
    const record = ended ? wholeRecord(line) : null;
    if (record === null) return;
    yield { record, end };
  }
}

/** What stands behind a broken line. */
export interface Remainder {
  /** Every whole record, whatever stands between them. */
  readonly records: readonly JournalRecord[];
  /** Length of the longest complete line, in bytes, of which nothing could be read; 0: none. A torn write has no newline. */
  readonly longestBroken: number;
}

export function readRemainder(bytes: Buffer): Remainder {
  const records: JournalRecord[] = [];
  let longestBroken = 0;
  for (const { line, ended } of linesOf(bytes)) {
    const found = recordsOf(line, ended);
    records.push(...found);
    if (ended && found.length === 0) longestBroken = Math.max(longestBroken, line.length + 1);
  }
  return { records, longestBroken };
}

function* linesOf(bytes: Buffer): Generator<{ line: Buffer; end: number; ended: boolean }> {
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    yield { line: bytes.subarray(at, newline < 0 ? end : newline), end, ended: newline >= 0 };
    at = end;
  }
}

/** Without the last one if its newline is missing: its write was torn. */
function recordsOf(line: Buffer, ended: boolean): JournalRecord[] {
  const starts = [...line.toString("latin1").matchAll(RECORD_START)].map(({ index }) => index);
  // One byte, once the newline, stands before the next record.
  const ends = [...starts.slice(1).map((next) => next - 1), ...(ended ? [line.length] : [])];
  return ends.map((end, at) => wholeRecord(line.subarray(starts[at], end))).filter((record) => record !== null);
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

export function isJsonObject(value: unknown): value is JournalRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
