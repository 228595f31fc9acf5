import { crc32 } from "node:zlib";
import type { Hour } from "../../core/days/hour.ts";
import type { LedgerRef, Segment, SourceId } from "../../core/log/batch.ts";
import type { ReadonlyCounts } from "../../core/log/counts.ts";
import type { JournalState } from "../../ports/journal.ts";

/** The journal format that this code writes, and the newest that it reads. */
export const JOURNAL_FORMAT = 1;

/** The first line of a journal. */
export interface Header {
  /** The format. */
  readonly journal: number;
  /** The lowest format whose programs may read the file, and so carry its log on. Version 0.1.0 does not look at it. */
  readonly reads: number;
  readonly source: SourceId;
  /** Absent if there are none. */
  readonly formerly?: readonly SourceId[];
  readonly region: string;
  readonly base: number;
  /** The offset at which this file's hits begin. */
  readonly from: number;
  readonly shown: number;
  readonly note: LedgerRef | null;
  /** The ledger that the node knew at the first hit, if that came before this file was written; null: none. */
  readonly born?: LedgerRef | null;
  /** Source of an older file with the same hits. */
  readonly replaces?: SourceId;
}

/** `<crc32 of the JSON, 8 hex digits> <compact JSON>` and a newline. */
export function journalLine(json: string): string {
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

export function headerLine(header: Header): string {
  return journalLine(JSON.stringify(header));
}

/**
 * Counter names need no escapes (`core/names.ts`), and JSON.stringify would need an object first. `born` is in the line of a log's first
 * hits alone. Version 0.1.0 reads such a line, too, and passes over `born` and `hour`.
 */
export function hitsLine(counts: ReadonlyCounts, born?: LedgerRef | null, hour?: Hour): string {
  let body = "";
  for (const [counter, by] of counts) body += `${body && ","}"${counter}":${by}`;
  const from = born === undefined ? "" : `,"born":${JSON.stringify(refOf(born))}`;
  return journalLine(`{"hits":{${body}}${hour === undefined ? "" : `,"hour":${hour}`}${from}}`);
}

/** `end`: the offset at which a batch ended. */
export function sealLine(end: number): string {
  return journalLine(`{"seal":${end}}`);
}

/** Twice: a log whose first offer cannot be read would be taken for one that was never offered. */
export function noteLines(firstOffer: LedgerRef): string {
  return noteLine(firstOffer).repeat(2);
}

/** Without what else the object may have: a position has its writer. */
function refOf(ref: LedgerRef | null): LedgerRef | null {
  return ref && { id: ref.id, version: ref.version };
}

function noteLine(firstOffer: LedgerRef): string {
  return journalLine(JSON.stringify({ note: refOf(firstOffer) }));
}

/** A broken line that is shorter was no first offer. */
export const SHORTEST_NOTE_BYTES = noteLine({ id: "0".repeat(16), version: 0 }).length;

/** Text of a journal with `state`. */
export function journalText(state: JournalState, replaces: SourceId | null): string {
  const { source, formerly, region, base, firstOffer, born, shown, segments } = state;
  const from = segments[0]?.from ?? shown;
  const ids = { source, ...(formerly.length > 0 && { formerly }), ...(replaces && { replaces }) };
  const header = {
    journal: JOURNAL_FORMAT,
    reads: JOURNAL_FORMAT,
    ...ids,
    region,
    base,
    from,
    shown,
    note: firstOffer,
    ...(born !== undefined && { born: refOf(born) }),
  };
  const body = segments.map((segment, at) => segmentLines(segment, state.open && at === segments.length - 1));
  return headerLine(header) + body.join("");
}

function segmentLines(segment: Segment, open: boolean): string {
  const hits = segment.counts.size > 0 ? hitsLine(segment.counts, undefined, segment.hour) : "";
  return hits + (open ? "" : sealLine(segment.to));
}
