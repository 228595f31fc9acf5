import type { Hour } from "../days/hour.ts";
import { type ReadonlyCounts, sumOf } from "./counts.ts";

/** One process life of a node: 16 lowercase hex digits, drawn at random, never used twice. */
export type SourceId = string;

/** A ledger at one version. */
export interface LedgerRef {
  readonly id: string;
  readonly version: number;
}

/** A ledger at one version, and the term of the leader that wrote that version. A restored store repeats versions, but never terms. */
export interface LedgerPosition extends LedgerRef {
  /** Id of that term; empty if unknown. */
  readonly writer: string;
}

/** The hits of a source's log from offset `from` up to offset `to`. Invariant: the counts add up to `to - from`. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly counts: ReadonlyCounts;
  /** The UTC hour in which the node acknowledged all of these hits (docs/protocol.md, Days). Absent: nobody recorded it, as in 0.1.0. */
  readonly hour?: Hour | undefined;
}

/** A segment as a node offers it to a leader. */
export interface Batch extends Segment {
  readonly source: SourceId;
  readonly region: string;
  /** Offset at which this source's log begins: 0, except for a log that was rebased onto an adopted ledger. */
  readonly base: number;
  /** Ledger recorded on disk just before this log was first offered (docs/protocol.md, First offer). */
  readonly firstOffer: LedgerRef;
  /** Nothing will ever follow `to` in this log. Such a batch is empty, and it ends the source. */
  readonly last: boolean;
}

/** The uncommitted tail of a closed log, on its way to the node that will carry it. */
export interface LogTail {
  readonly source: SourceId;
  /** Ids under which earlier ledgers may know this log, oldest first. */
  readonly formerly: readonly SourceId[];
  readonly region: string;
  readonly base: number;
  readonly firstOffer: LedgerRef;
  /** Last watermark of this log that its holder saw in a snapshot. */
  readonly shown: number;
  /** In order and without gaps. The ledger's watermark for this log is `shown` or one of their ends (docs/protocol.md, Cut). */
  readonly segments: readonly Segment[];
}

/** The offset after the last hit in a log. */
export function endOf({ segments, shown }: Pick<LogTail, "segments" | "shown">): number {
  return segments.at(-1)?.to ?? shown;
}

/** Whether the counts of `segment` add up to its length, `to - from`. */
export function isConsistent(segment: Segment): boolean {
  return segment.from <= segment.to && sumOf(segment.counts) === segment.to - segment.from;
}

/** Most counters of one batch, and most bytes of their names and hits: a batch that fits no transaction would wait forever (H73). */
export const MAX_BATCH_COUNTERS = 4_000;
export const MAX_BATCH_BYTES = 256_000;

/** Upper bound on the bytes of a batch's or a log's own fields in a message: source, region, base, first offer, offsets. */
const FIELDS_BYTES = 264;
/** Bytes of one more id, with its tag and length. */
const ID_BYTES = 10;
/** Upper bound on the bytes of a name's length and its number of hits in a message. */
const COUNT_BYTES = 12;

/** Upper bound on the bytes of one counter's hits in a message to a peer. */
export function sizeOfCount(counter: string): number {
  return counter.length + COUNT_BYTES;
}

/** Upper bound on the bytes of a segment in a message to a peer, with the fields of its log. */
export function sizeOfSegment({ counts }: Segment): number {
  let bytes = FIELDS_BYTES;
  for (const counter of counts.keys()) bytes += sizeOfCount(counter);
  return bytes;
}

/** Upper bound on the bytes of a log's tail in a message to a peer. */
export function sizeOfLogTail({ formerly, segments }: LogTail): number {
  return segments.reduce((bytes, segment) => bytes + sizeOfSegment(segment), FIELDS_BYTES + formerly.length * ID_BYTES);
}
