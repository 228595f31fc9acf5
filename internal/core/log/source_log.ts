import type { Hour } from "../days/hour.ts";
import { invariant } from "../invariant.ts";
import {
  type Batch,
  type LedgerRef,
  type LogTail,
  MAX_BATCH_BYTES,
  MAX_BATCH_COUNTERS,
  type Segment,
  type SourceId,
  sizeOfCount,
} from "./batch.ts";
import { addHits, type Counts, type ReadonlyCounts, sumOf } from "./counts.ts";

/** A log with this many hits is closed and another one begun: watermarks have 48 bits, in the ledger and between peers. */
const LONG_LOG_HITS = 2 ** 47;

/**
 * A source's hits in order, without those that a snapshot has shown committed.
 *
 * A log is a line of hits, numbered by offsets:
 *
 *     base <= shown <= segments[0].to <= ... <= openFrom <= end
 *     |        |         |                        |          |
 *     begins   shown     sealed, offered          open hits  last hit
 *     here     committed to leaders
 *
 * The ledger's watermark for a log can only be at a cut: the last shown watermark, the end of a sealed segment or, once the log is
 * closed, its end (docs/protocol.md, Cut). A log that takes hits seals a segment when it is offered, when its open hits are as
 * much as a batch may hold, and when another hour has begun.
 *
 * This class owns offsets and cuts, in memory. Its journal is written by `services/counter/held_logs.ts`, before each step here.
 */
export class SourceLog {
  id: SourceId;
  /**
   * Ids of this log in earlier ledgers, oldest first: a restored store may know it under any of them. Offsets are the same under all
   * ids, so the log's watermark is the highest that any of them has.
   */
  formerly: readonly SourceId[] = [];
  readonly region: string;
  /** Offset at which this log begins in its ledger. Invariant: base <= shown <= end. */
  base: number;
  /** Null until just before the first offer. From then on it is durable, and only a rebase changes it (docs/protocol.md, First offer). */
  firstOffer: LedgerRef | null = null;
  /**
   * The ledger that this log's node knew when the log got its first hit; null: none. Undefined before that hit, and if no journal says it.
   * It stands for the first offer of a log whose recovered journal has none (docs/protocol.md, First offer).
   */
  born: LedgerRef | null | undefined = undefined;
  /** Last watermark that a snapshot showed. */
  shown: number;
  /**
   * Sealed segments. Invariant, unless indeterminate: segments[0].from = shown, and each segment begins where the one before it ends.
   */
  segments: Segment[] = [];
  /** Hits after the last sealed segment. Invariant, unless indeterminate: openFrom + their sum = end; empty once closed. */
  open: Counts = new Map();
  /** The hour in which the open hits were acknowledged: all in the same one. Undefined: nobody recorded it. */
  openHour: Hour | undefined = undefined;
  /** Upper bound on the bytes of the open hits in a message. */
  #openBytes = 0;
  /** Offset after the last hit. */
  end: number;
  /** Never takes another hit. */
  closed = false;
  /** The ledger may or may not have counted this log. It is kept and reported, but never offered again. */
  indeterminate = false;

  constructor(id: SourceId, region: string, base = 0) {
    this.id = id;
    this.region = region;
    this.base = base;
    this.shown = base;
    this.end = base;
  }

  /** A closed log from what a journal or another node held. It is indeterminate if its segments do not begin at a cut. */
  static closed(tail: Omit<LogTail, "firstOffer"> & { readonly firstOffer: LedgerRef | null }): SourceLog {
    const log = new SourceLog(tail.source, tail.region, tail.base);
    log.formerly = tail.formerly;
    log.firstOffer = tail.firstOffer;
    log.shown = tail.shown;
    log.segments = tail.segments.filter((segment) => segment.to > tail.shown);
    log.end = log.segments.at(-1)?.to ?? tail.shown;
    log.closed = true;
    log.indeterminate = (log.segments[0]?.from ?? log.shown) !== log.shown;
    log.#check();
    return log;
  }

  /** Where the open hits begin. */
  get openFrom(): number {
    return this.segments.at(-1)?.to ?? this.shown;
  }

  /** Every id under which a ledger may know this log, oldest first. */
  get ids(): SourceId[] {
    return [...this.formerly, this.id];
  }

  /** Whether the next hits should go to another log. */
  get isLong(): boolean {
    return this.end >= LONG_LOG_HITS;
  }

  /** Hits that no snapshot has shown committed. */
  get pending(): number {
    return this.end - this.shown;
  }

  /** Appends `by` hits of `counter` to the open hits. */
  add(counter: string, by: number): void {
    invariant(!this.closed, "a closed log takes no hits", this.id, by);
    if (!this.open.has(counter)) this.#openBytes += sizeOfCount(counter);
    addHits(this.open, counter, by);
    this.end += by;
  }

  /**
   * Whether hits of `hour` cannot join the open hits, because these are of another hour, or because both together are too much for one
   * batch. Then the open hits must be sealed first.
   */
  mustSealBefore(counts: ReadonlyCounts, hour: Hour | undefined): boolean {
    if (this.open.size === 0) return false;
    if (this.openHour !== hour) return true;
    let [counters, bytes] = [this.open.size, this.#openBytes];
    for (const counter of counts.keys()) {
      if (this.open.has(counter)) continue;
      counters++;
      bytes += sizeOfCount(counter);
    }
    return counters > MAX_BATCH_COUNTERS || bytes > MAX_BATCH_BYTES;
  }

  /** Whether the open hits can be sealed to be offered: there are some, and all that was sealed before is committed. */
  get isSealable(): boolean {
    return this.segments.length === 0 && this.open.size > 0;
  }

  /** The hits that are added next were acknowledged in this hour. */
  beginHour(hour: Hour | undefined): void {
    invariant(
      this.open.size === 0 || this.openHour === hour,
      "hits of two hours are in two segments",
      this.openHour,
      hour,
    );
    this.openHour = hour;
  }

  /** Ends the open hits as a segment. */
  seal(): void {
    this.#check();
    this.#sealOpen();
  }

  #sealOpen(): void {
    const hour = this.openHour === undefined ? {} : { hour: this.openHour };
    this.segments.push({ from: this.openFrom, to: this.end, counts: this.open, ...hour });
    this.open = new Map();
    this.#openBytes = 0;
  }

  /** Closes the log. Its open hits become its last segment. */
  close(): void {
    if (this.open.size > 0) this.seal();
    this.closed = true;
    this.#check();
  }

  /** What to offer a leader: the sealed segments and, once closed, the empty batch that ends the source. Throws before the first offer is recorded. */
  batches(): Batch[] {
    const { id: source, region, base, firstOffer } = this;
    if (firstOffer === null) throw new Error(`cannot offer log ${source}: its first offer is not recorded`);
    if (this.indeterminate) return [];
    const batches = this.segments.map((segment) => ({ ...segment, source, region, base, firstOffer, last: false }));
    if (this.closed)
      batches.push({ source, region, base, firstOffer, from: this.end, to: this.end, counts: new Map(), last: true });
    return batches;
  }

  /**
   * Drops the segments that a shown watermark covers, and returns them. A watermark past the end of a closed log covers everything: after a
   * power loss the ledger may have more of a log than its journal. A watermark at any other place that is not a cut comes from another
   * holder, and makes the log indeterminate from the last cut before it on (docs/protocol.md, Cut).
   */
  cover(watermark: number): Segment[] {
    if (watermark <= this.shown) return [];
    const kept = this.segments.findIndex((segment) => segment.to > watermark);
    const covered = this.segments.splice(0, kept === -1 ? this.segments.length : kept);
    this.shown = covered.at(-1)?.to ?? this.shown;
    if (this.shown !== watermark) this.#passUncut(watermark);
    this.#check();
    return covered;
  }

  #passUncut(watermark: number): void {
    if (this.closed && watermark > this.end) this.shown = this.end = watermark;
    else this.indeterminate = true;
    // It is unknown which of the open hits the ledger has, so none of them may continue in a log of their own.
    if (watermark > this.openFrom && this.open.size > 0) this.#sealOpen();
  }

  /** Continues this log in an adopted ledger, under a new id and first offer, from the last shown watermark on (docs/protocol.md, Rebase). */
  rebase(id: SourceId, firstOffer: LedgerRef): void {
    this.formerly = this.ids;
    this.id = id;
    this.firstOffer = firstOffer;
    this.base = this.shown;
    this.#check();
  }

  /** The tail of a closed log, to hand to another node. Throws if the log is open or its first offer is not recorded. */
  tail(): LogTail {
    const { id: source, formerly, region, base, firstOffer, shown, segments } = this;
    if (!this.closed || firstOffer === null)
      throw new Error(`cannot hand off log ${source}: it must be closed and its first offer recorded`);
    return { source, formerly, region, base, firstOffer, shown, segments: [...segments] };
  }

  /** Throws BrokenInvariant. Not called for each hit, because it adds up all open hits. */
  #check(): void {
    const { base, shown, end, segments, open, closed } = this;
    invariant(base <= shown, "base <= shown", base, shown);
    invariant(shown <= end, "shown <= end", shown, end);
    if (this.indeterminate) return;
    let at = shown;
    for (const { from, to } of segments) {
      invariant(from === at, "each segment begins where the one before it ends", from, at);
      at = to;
    }
    const sum = sumOf(open);
    invariant(at + sum === end, "the log's hits add up to its end", at + sum, end);
    invariant(!closed || sum === 0, "a closed log has no open hits", this.id, sum);
  }
}
