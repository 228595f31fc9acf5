import { EntryFields, jsonIn, NewerFormat, UnreadableLedger } from "./entry_fields.ts";

/** The newest format of entries that this program knows. */
export const FORMAT = 2;

/** What the first line of an entry begins with: its format, the lowest whose programs may read it, and that of those that may write it. */
export function formatsOf(format: number) {
  return { format, reads: format, writes: format };
}

/** An entry that begins with `line` as JSON; `room` bytes of zeros follow from `at` on. */
export function withLine(line: unknown, room: number): { bytes: Uint8Array; view: DataView; at: number } {
  const head = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  const bytes = new Uint8Array(head.length + room);
  bytes.set(head);
  return { bytes, view: new DataView(bytes.buffer), at: head.length };
}

/** The fields of an entry's first line, and the bytes after it. Throws UnreadableLedger, and NewerFormat. */
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
  if (lowest > FORMAT) throw new NewerFormat(entry, lowest, FORMAT);
}
