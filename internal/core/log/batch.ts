import { type ReadonlyCounts, sumOf } from "./counts.ts";

/** One process life of a node: 16 lowercase hex digits, drawn at random, never used twice. */
export type SourceId = string;

/** A ledger at one version. */
export interface LedgerRef {
  readonly id: string;
  readonly version: number;
}

/** A ledger at one version, and the term of the leader that wrote it: versions of a restored store repeat, terms do not. */
export interface LedgerPosition extends LedgerRef {
  readonly writer: string;
}

/** The hits of a source's log between two offsets. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly counts: ReadonlyCounts;
}

/** A segment as it is offered to a leader. */
export interface Batch extends Segment {
  readonly source: SourceId;
  readonly region: string;
  /** Offset at which this source's log begins: 0, except for a log that was rebased onto an adopted ledger. */
  readonly base: number;
  /** What the source durably noted before its log was first offered to anyone (docs/protocol.md, First offer). */
  readonly firstOffer: LedgerRef;
  /** Nothing follows `to` in this log, ever. Such a batch is empty: it ends the source. */
  readonly last: boolean;
}

/** A closed log on its way to a node that will carry it. */
export interface LogTail {
  readonly source: SourceId;
  /** Ids that earlier ledgers may know this log by, oldest first. */
  readonly formerly: readonly SourceId[];
  readonly region: string;
  readonly base: number;
  readonly firstOffer: LedgerRef;
  /** The watermark that its holder last saw in a snapshot. */
  readonly shown: number;
  /** In order and without gaps; their ends are the only watermarks the ledger can have for this log (docs/protocol.md, Cut). */
  readonly segments: readonly Segment[];
}

/** Whether the counts of `segment` add up to its length. */
export function isConsistent(segment: Segment): boolean {
  return segment.from <= segment.to && sumOf(segment.counts) === segment.to - segment.from;
}

/** Bytes that a batch's or a log's own fields take in a message, at most: source, region, base, note, ends. */
const FIELDS_BYTES = 256;
/** Bytes that a further id takes, with its tag and length. */
const ID_BYTES = 10;
/** Bytes that a name's length and the number of its hits take in a message, at most. */
const COUNT_BYTES = 12;

/** Bytes that a segment takes in a message to a peer, at most, with the fields of its log. */
export function sizeOfSegment({ counts }: Segment): number {
  let bytes = FIELDS_BYTES;
  for (const counter of counts.keys()) bytes += counter.length + COUNT_BYTES;
  return bytes;
}

/** Bytes that remains take in a message to a peer, at most. */
export function sizeOfLogTail({ formerly, segments }: LogTail): number {
  return segments.reduce((bytes, segment) => bytes + sizeOfSegment(segment), FIELDS_BYTES + formerly.length * ID_BYTES);
}
