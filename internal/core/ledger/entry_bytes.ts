import type { SourceId } from "../log/batch.ts";
import { EntryFields, jsonIn, NewerFormat, UnreadableLedger } from "./entry_fields.ts";
import type { EndedSource, Ledger } from "./ledger.ts";

/** The highest format that this program reads and writes. */
export const NEWEST_FORMAT = 2;

const SOURCE_BYTES = 14;
const ENDED_BYTES = 21;

/** What the first line of each entry of a ledger in `format` begins with. */
export function formats(format: 1 | 2) {
  return { format, reads: format, writes: format };
}

/** An entry that begins with `line` as JSON, and has `room` more bytes from `at` on. */
export function withLine(line: unknown, room: number): { bytes: Uint8Array; view: DataView; at: number } {
  const head = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  const bytes = new Uint8Array(head.length + room);
  bytes.set(head);
  return { bytes, view: new DataView(bytes.buffer), at: head.length };
}

/** The first line of an entry, and what comes after it. Throws UnreadableLedger; NewerFormat, if only newer programs may read and write it. */
export function splitLine(entry: string, bytes: Uint8Array): { fields: EntryFields; rest: Uint8Array } {
  const end = bytes.indexOf(0x0a);
  if (end === -1) throw new UnreadableLedger(entry, "it has no first line; is this another program's data?");
  const fields = new EntryFields(entry, jsonIn(entry, bytes.subarray(0, end)));
  checkFormat(entry, fields);
  return { fields, rest: bytes.subarray(end + 1) };
}

/**
 * An entry says the lowest format whose programs may read it, and the lowest whose programs may write it. A program that reads the ledger
 * also writes it. Without these fields, as the release 0.1.0 writes it, both are the entry's own format.
 */
function checkFormat(entry: string, fields: EntryFields): void {
  const format = fields.raw("format");
  if (!Number.isSafeInteger(format) || Number(format) < 1)
    throw new UnreadableLedger(
      entry,
      `it has format ${JSON.stringify(format)}, which is none; is this another program's data?`,
    );
  const needed = ["reads", "writes"].map((key) => (fields.has(key) ? fields.whole(key) : Number(format)));
  const lowest = Math.max(...needed);
  if (lowest > NEWEST_FORMAT) throw new NewerFormat(entry, lowest, NEWEST_FORMAT);
}

/** `line`, then 14 bytes for each live source: id 8, watermark 6. */
export function encodeSources(line: unknown, sources: Ledger["sources"]): Uint8Array {
  const { bytes, view, at } = withLine(line, sources.size * SOURCE_BYTES);
  let offset = at;
  for (const [source, watermark] of sources) {
    setSource(view, offset, source);
    setUint48(view, offset + 8, watermark);
    offset += SOURCE_BYTES;
  }
  return bytes;
}

/** Throws UnreadableLedger. */
export function decodeSources(entry: string, bytes: Uint8Array): Map<SourceId, number> {
  const view = viewOf(entry, bytes, SOURCE_BYTES);
  const sources = new Map<SourceId, number>();
  for (let at = 0; at < bytes.length; at += SOURCE_BYTES)
    setOnce(entry, sources, sourceAt(view, at), getUint48(view, at + 8));
  return sources;
}

/** `line`, then 21 bytes for each ended source: id 8, watermark 6, version of its end 6, 1 if complete; oldest end first. */
export function encodeEnded(line: unknown, ended: Ledger["ended"]): Uint8Array {
  const { bytes, view, at } = withLine(line, ended.size * ENDED_BYTES);
  let offset = at;
  for (const [source, { watermark, version, complete }] of ended) {
    setSource(view, offset, source);
    setUint48(view, offset + 8, watermark);
    setUint48(view, offset + 14, version);
    view.setUint8(offset + 20, complete ? 1 : 0);
    offset += ENDED_BYTES;
  }
  return bytes;
}

/** Throws UnreadableLedger. */
export function decodeEnded(entry: string, bytes: Uint8Array): Map<SourceId, EndedSource> {
  const ended = new Map<SourceId, EndedSource>();
  const view = viewOf(entry, bytes, ENDED_BYTES);
  for (let at = 0; at < bytes.length; at += ENDED_BYTES) {
    const complete = view.getUint8(at + 20);
    if (complete > 1)
      throw new UnreadableLedger(entry, `byte ${complete} says neither that a source is complete nor that it is not`);
    setOnce(entry, ended, sourceAt(view, at), {
      watermark: getUint48(view, at + 8),
      version: getUint48(view, at + 14),
      complete: complete === 1,
    });
  }
  return ended;
}

export function setSource(view: DataView, at: number, source: SourceId): void {
  view.setBigUint64(at, BigInt(`0x${source}`));
}

export function sourceAt(view: DataView, at: number): SourceId {
  return view.getBigUint64(at).toString(16).padStart(16, "0");
}

export function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}

export function getUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}

function setOnce<T>(entry: string, map: Map<SourceId, T>, source: SourceId, value: T): void {
  if (map.has(source)) throw new UnreadableLedger(entry, `source ${source} stands in it twice`);
  map.set(source, value);
}

function viewOf(entry: string, bytes: Uint8Array, record: number): DataView {
  if (bytes.length % record !== 0)
    throw new UnreadableLedger(entry, `${bytes.length} bytes are not a multiple of ${record}; it is cut short`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
