import type { Batch, LedgerPosition, LedgerRef, LogTail, Segment, SourceId } from "../../core/log/batch.ts";
import type { Counts } from "../../core/log/counts.ts";
import { counterName, hits, hour, id, offset, present, refuse, region, source, version } from "./checks.ts";

/** `LedgerRef` on the wire. An absent message is null. */
export interface LedgerRefMessage {
  readonly id: string;
  readonly version: number;
}

export interface LedgerPositionMessage extends LedgerRefMessage {
  readonly writer: string;
}

export interface SegmentMessage {
  readonly from: number;
  readonly to: number;
  readonly counters: readonly string[];
  readonly hits: readonly number[];
  /** Absent: nobody recorded it. */
  readonly hour?: number | null;
}

interface LogMessage {
  readonly source: Uint8Array;
  readonly region: string;
  readonly base: number;
  readonly note: LedgerRefMessage | null;
}

export interface BatchMessage extends LogMessage {
  readonly segment: SegmentMessage | null;
  readonly last: boolean;
}

export interface LogTailMessage extends LogMessage {
  readonly formerly: readonly Uint8Array[];
  readonly shown: number;
  readonly segments: readonly SegmentMessage[];
}

export function sourceBytes(source: SourceId): Buffer {
  return Buffer.from(source, "hex");
}

export function toLedgerRef(message: LedgerRefMessage, what: string): LedgerRef {
  return { id: id(message.id, what), version: version(message.version, `version of ${what}`) };
}

export function toLedgerPosition(message: LedgerPositionMessage, what: string): LedgerPosition {
  const { writer } = message;
  // Old data directories do not know the writer.
  return { ...toLedgerRef(message, what), writer: writer === "" ? writer : id(writer, `writer of ${what}`) };
}

export function toLedgerRefOrNull(message: LedgerRefMessage | null, what: string): LedgerRef | null {
  return message && toLedgerRef(message, what);
}

export function fromBatch(batch: Batch): BatchMessage {
  return { ...fromLog(batch), segment: fromSegment(batch), last: batch.last };
}

/** Does not check that the counts add up: the leader's plan refuses such a batch alone (docs/protocol.md, Plan). */
export function toBatch(message: BatchMessage): Batch {
  const { from, to, counts, hour } = toSegment(present(message.segment, "segment"));
  const batch = { ...toLog(message), from, to, counts, last: message.last };
  return hour === undefined ? batch : { ...batch, hour };
}

export function fromLogTail(remains: LogTail): LogTailMessage {
  const { formerly, shown, segments } = remains;
  return { ...fromLog(remains), formerly: formerly.map(sourceBytes), shown, segments: segments.map(fromSegment) };
}

/** A log tail is kept for good, so it must add up: segments in order, without gaps, each as long as its hits. */
export function toLogTail(message: LogTailMessage): LogTail {
  const segments = message.segments.map(toSegment);
  segments.forEach((segment, at) => {
    const expected = segments[at - 1]?.to ?? segment.from;
    if (segment.from !== expected) refuse("from of a segment", segment.from, `${expected}`);
    const sum = message.segments[at]!.hits.reduce((total, by) => total + by, 0);
    if (segment.to - segment.from !== sum) refuse("to of a segment", segment.to, `${segment.from + sum}`);
  });
  const shown = offset(message.shown, "shown");
  if (message.base > shown) refuse("base", message.base, `at most what was shown, ${shown}`);
  const from = segments[0]?.from ?? shown;
  if (from > shown) refuse("from of the first segment", from, `at most what was shown, ${shown}`);
  return { ...toLog(message), formerly: message.formerly.map(source), shown, segments };
}

function fromLog({ source, region, base, firstOffer: note }: Batch | LogTail): LogMessage {
  return { source: sourceBytes(source), region, base, note };
}

function toLog(message: LogMessage): Pick<Batch, "source" | "region" | "base" | "firstOffer"> {
  return {
    source: source(message.source),
    region: region(message.region),
    base: offset(message.base, "base"),
    firstOffer: toLedgerRef(present(message.note, "note"), "note"),
  };
}

function fromSegment({ from, to, counts, hour }: Segment): SegmentMessage {
  return { from, to, counters: [...counts.keys()], hits: [...counts.values()], hour: hour ?? null };
}

function toSegment(message: SegmentMessage): Segment {
  const { from, to, hour: at = null } = message;
  const counted = { from: offset(from, "from"), to: offset(to, "to"), counts: toCounts(message) };
  return at === null ? counted : { ...counted, hour: hour(at) };
}

function toCounts({ counters, hits: by }: SegmentMessage): Counts {
  if (by.length !== counters.length) refuse("hits", `${by.length} numbers`, `${counters.length} numbers`);
  const counts: Counts = new Map();
  counters.forEach((counter, at) => {
    if (counts.has(counter)) refuse("counter", counter, "named once in a segment");
    counts.set(counterName(counter), hits(by[at]!, counter));
  });
  return counts;
}
