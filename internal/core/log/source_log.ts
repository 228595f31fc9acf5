import { invariant } from "../invariant.ts";
import type { Batch, LedgerRef, LogTail, Segment, SourceId } from "./batch.ts";
import { addHits, type Counts, sumOf } from "./counts.ts";

/** A log takes no more hits once it has this many: the ledger keeps a watermark in 48 bits, and peers refuse what does not fit. */
const LONG_LOG_HITS = 2 ** 47;

/**
 * A source's hits in order, as far as no snapshot has shown them committed.
 *
 * It may be cut only where the ledger's watermark for it can be: at the last shown watermark, at the end of each sealed segment and,
 * once closed, at its end (docs/protocol.md, Cut). A log that takes hits has at most one sealed segment, its outstanding batch.
 */
export class SourceLog {
  id: SourceId;
  /**
   * Ids that this log had in ledgers before, oldest first: a store that is brought back may know it by any of them. Offsets are the same
   * under all, so the highest watermark of all is the log's.
   */
  formerly: readonly SourceId[] = [];
  readonly region: string;
  /** Offset at which this log begins in its ledger. Invariant: base <= shown <= end. */
  base: number;
  /** Null until just before the first offer; durable from then on and never noted again in this life (docs/protocol.md, First offer). */
  firstOffer: LedgerRef | null = null;
  /**
   * The ledger that its node knew when the log got its first hit; null: none. Undefined before that, and in a log of which nobody wrote it
   * down. Whoever finds this log again and no first offer in it, takes this for one (docs/protocol.md, First offer).
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
  /** Offset after the last hit. */
  end: number;
  /** Takes no more hits, ever. */
  closed = false;
  /** The ledger may or may not have counted this log: it is kept and reported, never offered again. */
  indeterminate = false;

  constructor(id: SourceId, region: string, base = 0) {
    this.id = id;
    this.region = region;
    this.base = base;
    this.shown = base;
    this.end = base;
  }

  /** A closed log from what a journal or another node held; indeterminate if its segments do not begin at a cut. */
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

  /** Every id that a ledger may know this log by. */
  get ids(): SourceId[] {
    return [...this.formerly, this.id];
  }

  /** Whether another log should be begun for the hits that come. */
  get isLong(): boolean {
    return this.end >= LONG_LOG_HITS;
  }

  /** Hits that no snapshot has shown committed. */
  get pending(): number {
    return this.end - this.shown;
  }

  add(counter: string, by: number): void {
    invariant(!this.closed, "a closed log takes no hits", this.id, by);
    addHits(this.open, counter, by);
    this.end += by;
  }

  /** Whether a new batch may and should be sealed: nothing is outstanding, and there are open hits. */
  get isSealable(): boolean {
    return this.segments.length === 0 && this.open.size > 0;
  }

  /** Makes the open hits the outstanding batch. */
  seal(): void {
    this.#check();
    this.#sealOpen();
  }

  #sealOpen(): void {
    this.segments.push({ from: this.openFrom, to: this.end, counts: this.open });
    this.open = new Map();
  }

  /** Ends the log. Its open hits become the last segment. */
  close(): void {
    if (this.open.size > 0) this.seal();
    this.closed = true;
    this.#check();
  }

  /** What to offer a leader: the sealed segments and, once closed, the empty batch that ends the source. */
  batches(): Batch[] {
    const { id: source, region, base, firstOffer } = this;
    if (firstOffer === null) throw new Error(`log ${source} has noted no ledger and must not be offered`);
    if (this.indeterminate) return [];
    const batches = this.segments.map((segment) => ({ ...segment, source, region, base, firstOffer, last: false }));
    if (this.closed)
      batches.push({ source, region, base, firstOffer, from: this.end, to: this.end, counts: new Map(), last: true });
    return batches;
  }

  /**
   * Drops what a shown watermark covers, and returns it. A watermark past the end of a closed log covers everything: after a power loss
   * the ledger may know more of a log than its journal does. A watermark at any other place where this holder never cut is another
   * holder's: the log becomes indeterminate from its last cut before it on (docs/protocol.md, Cut).
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
    // Nobody can tell which of the open hits the ledger has: none of them may go on as a log of its own.
    if (watermark > this.openFrom && this.open.size > 0) this.#sealOpen();
  }

  /** Continues this log under the id and note that an adopted ledger knows it by, from the last shown watermark on. */
  rebase(id: SourceId, firstOffer: LedgerRef): void {
    this.formerly = this.ids;
    this.id = id;
    this.firstOffer = firstOffer;
    this.base = this.shown;
    this.#check();
  }

  /** A closed log as it is handed to another node. */
  tail(): LogTail {
    const { id: source, formerly, region, base, firstOffer, shown, segments } = this;
    if (!this.closed || firstOffer === null) throw new Error(`log ${source} is not ready to be handed over`);
    return { source, formerly, region, base, firstOffer, shown, segments: [...segments] };
  }

  /** Throws BrokenInvariant. Not called for each hit: it adds up the open hits. */
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
