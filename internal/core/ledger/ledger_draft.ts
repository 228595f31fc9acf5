import { DaysDraft, type DayTerms } from "../days/days_draft.ts";
import { type Hour, hourAt } from "../days/hour.ts";
import { invariant } from "../invariant.ts";
import { contentOf } from "../keys/idempotency_key.ts";
import { KeyDraft, type KeyPlace, type KeyTerms } from "../keys/key_draft.ts";
import type { KeyedHit } from "../keys/keyed_hit.ts";
import { changedLinks, type Links } from "../links/links.ts";
import { type Batch, isConsistent, type SourceId } from "../log/batch.ts";
import type { OfferedMark } from "../marks/mark.ts";
import { MarkDraft, type MarkPlace, type MarkTerms } from "../marks/mark_draft.ts";
import { endOf, type Period } from "../marks/period.ts";
import { hasParts } from "../names.ts";
import type { AuditState } from "./audit_state.ts";
import { type CounterTotal, MAX_COUNTER_BYTES, OTHER_REGION, sizeOfCounter, sizeOfRegion } from "./counter_total.ts";
import { auditSection, auditSum, type Ledger, totalOf, watermarkOf, withTerm } from "./ledger.ts";
import { placeOf } from "./log_place.ts";

/**
 * The result of folding one batch into a draft.
 *
 * - `counted`: its hits, or its end, are now in the draft
 * - `covered`: the ledger already had it
 * - `gap`: it begins past the watermark; the hits between must come first
 * - `malformed`: its counts do not add up
 * - `foreign`: the log was first offered to another ledger; if this one was adopted from it, the holders rebase it first
 *   (docs/protocol.md, Rebase)
 * - `indeterminate`: the ledger does not know the source, and has pruned sources since the log was first offered; this may have been one
 *   of them, so its watermark is unknown, not zero (docs/protocol.md, First offer)
 * - `unconverted`: the ledger has format 1, and a counter's name has parts; the release 0.1.0 could not read it (docs/protocol.md, Convert)
 */
export type BatchVerdict = "counted" | "covered" | "gap" | "malformed" | "foreign" | "indeterminate" | "unconverted";

/** Counts no key. */
const NO_KEYS: KeyTerms = { forgetTo: 0, latest: 0, budget: 0 };
interface DraftTotal extends CounterTotal {
  readonly regions: Map<string, bigint>;
}

/**
 * The next version of a ledger while a round plans it.
 *
 * A log's hits are a line, and the ledger's watermark is the point up to which they are in the totals. `fold` adds a batch only if it
 * begins exactly at the watermark, and moves the watermark to its end in the same draft. So a batch that comes twice, late or from two
 * holders counts once.
 *
 * The ledger itself does not change before `commit`, once the store has the draft. A refused or unknown transaction leaves nothing to undo.
 */
export class LedgerDraft {
  readonly #ledger: Ledger;
  #room: number;
  readonly version: number;
  /** Invariants: no source is both here and in `ended`. A watermark only grows. */
  readonly sources: Map<SourceId, number>;
  readonly ended: Ledger["ended"];
  /** New totals of the counters that changed, each with all its regions. Null: the counter is gone. */
  readonly changed = new Map<string, DraftTotal | null>();
  /** What the ledger has of each of these counters. Each is looked up once, because most of a large ledger is in no cache of the processor. */
  readonly before = new Map<string, CounterTotal | undefined>();
  prunedSum: bigint;
  keyedSum: bigint;
  adjustedSum: bigint;
  prunedTo: number;
  readonly keys: KeyDraft;
  readonly days: DaysDraft;
  /** Invariant: only grows. */
  keysForgottenTo: number;
  audit: AuditState;
  /** Entries of adjustments that this version does, by name. */
  readonly audited = new Map<string, Uint8Array>();
  /** Destinations of links that this version changes, by counter. Null: the link is removed. */
  readonly linked = new Map<string, string | null>();
  /** The version up to which this transaction deletes entries of keys; 0: none. */
  keysDeletedTo = 0;
  readonly marks: MarkDraft;
  /** Whether `ended` differs from the ledger's. */
  endedChanged = false;
  /** Whether anything differs from the ledger. */
  dirty = false;

  /** `room`: bytes that new regions of existing counters may add to a ledger of format 1. */
  constructor(
    ledger: Ledger,
    room = Number.POSITIVE_INFINITY,
    keyTerms = NO_KEYS,
    dayTerms: DayTerms | null = null,
    markTerms: MarkTerms | null = null,
  ) {
    this.#ledger = ledger;
    this.#room = room;
    this.version = ledger.version + 1;
    this.sources = new Map(ledger.sources);
    this.ended = new Map(ledger.ended);
    this.prunedSum = ledger.prunedSum;
    this.keyedSum = ledger.keyedSum;
    this.adjustedSum = ledger.adjustedSum;
    this.audit = ledger.audit;
    this.keysForgottenTo = ledger.keysForgottenTo;
    this.prunedTo = ledger.prunedTo;
    this.keys = new KeyDraft(ledger.keys, ledger.keysForgottenTo, keyTerms);
    this.marks = new MarkDraft(ledger.marks, ledger.visitorsForgottenTo, markTerms);
    this.days = new DaysDraft(ledger.days, ledger.layout && dayTerms);
  }

  /** Folds in one batch, if it begins exactly at the source's watermark (docs/protocol.md, Plan). */
  fold(batch: Batch): BatchVerdict {
    if (!isConsistent(batch)) return "malformed";
    const known = watermarkOf(this, batch.source);
    const watermark = placeOf(batch, { id: this.#ledger.id, prunedTo: this.prunedTo, watermark: known });
    if (typeof watermark === "string") return watermark;
    if (batch.from !== watermark) return batch.to <= watermark ? "covered" : "gap";
    if (batch.from === batch.to) return this.#foldEnd(batch, known);
    if (!this.#ledger.layout && [...batch.counts.keys()].some(hasParts)) return "unconverted";
    if (known === undefined) this.prunedSum -= BigInt(batch.base);
    for (const [counter, by] of batch.counts) this.#count(counter, batch.region, by, batch.hour);
    this.#moveTo(batch, watermark);
    return "counted";
  }

  /** Folds in one keyed hit, if its key is new (docs/protocol.md, Keyed hits). Null: it is not counted now, and nothing is said about it. */
  foldKeyed(
    { key, counter, by, hour }: KeyedHit,
    region: string,
  ): Exclude<KeyPlace, "new" | "refused"> | "counted" | null {
    const content = contentOf(counter, by);
    const place = this.keys.place(key, content);
    if (place === "refused") return null;
    if (place !== "new") return place;
    this.keys.add(key, content);
    this.#count(counter, region, by, hour);
    this.keyedSum += BigInt(by);
    this.dirty = true;
    return "counted";
  }

  /** What this draft has of a counter; null: it does not exist. */
  totalOf(counter: string): CounterTotal | null {
    const changed = this.changed.get(counter);
    return changed === undefined ? (this.#ledger.totals.get(counter) ?? null) : changed;
  }

  /** Adds to a counter what did not come as hits. */
  adjustBy(counter: string, region: string, by: bigint): void {
    this.#add(counter, region, by);
    this.adjustedSum += by;
    this.dirty = true;
  }

  /** Puts a new generation of a counter in the place of what there is; null: the counter is gone, and its days begin anew. */
  replace(counter: string, regions: ReadonlyMap<string, bigint> | null): void {
    this.#look(counter);
    const before = sumOf(this.totalOf(counter));
    const total = regions && { regions: new Map(regions), generation: this.version };
    this.changed.set(counter, total);
    if (total === null) this.days.delete(counter, this.version);
    this.adjustedSum += sumOf(total) - before;
    this.dirty = true;
  }

  /** The links of the next version. */
  get links(): Links {
    return changedLinks(this.#ledger.links, this.linked);
  }

  /** Lets a link lead to `url`; null: removes it. */
  setLink(counter: string, url: string | null): void {
    this.linked.set(counter, url);
    this.dirty = true;
  }

  /** Forgets keys at or before `time`, and deletes the entries that have no others. */
  forgetKeys(time: number): void {
    if (time <= this.keysForgottenTo) return;
    this.keysForgottenTo = time;
    this.keysDeletedTo = this.#ledger.keys.forgettableTo(time);
    this.dirty = true;
  }

  /** Counts a visitor, if its mark is new (docs/protocol.md, Visitors). */
  foldMark(mark: OfferedMark, region: string): MarkPlace {
    const place = this.marks.place(mark.period, mark);
    if (place !== "new") return place;
    this.marks.add(mark.period, mark);
    // The last hour of its period, or that of the commit if this one is ahead.
    this.#count(mark.counter, region, 1, hourAt(endOf(mark.period) - 1));
    this.keyedSum += 1n;
    this.dirty = true;
    return place;
  }

  /** Forgets the visitors of periods that were over at `time`, and the secrets of such days. */
  forgetMarks(time: number): void {
    if (time <= this.marks.forgottenTo) return;
    this.marks.forget(time);
    this.dirty = true;
  }

  addSecret(day: Period, secret: string): void {
    this.marks.newSecrets.set(day, secret);
    this.dirty = true;
  }

  /** Ends sources that fell silent, as incomplete. */
  endSilent(sources: Iterable<SourceId>): void {
    for (const source of sources) this.#end(source, false);
  }

  /** Forgets an ended source, and raises `prunedTo` to the version in which it ended. */
  prune(source: SourceId): void {
    const ended = this.ended.get(source);
    if (!ended) return;
    this.ended.delete(source);
    this.prunedSum += BigInt(ended.watermark);
    this.prunedTo = Math.max(this.prunedTo, ended.version);
    this.endedChanged = true;
    this.dirty = true;
  }

  /** The next ledger, written in the term `writer` of `epoch`. Throws LedgerMismatch if it does not add up. */
  finish(epoch: number, writer: string): Ledger {
    const { version, prunedSum, prunedTo, keyedSum, adjustedSum, audit, keysForgottenTo, sources, ended } = this;
    const terms = withTerm(this.#ledger.terms, writer, version);
    const { from: daysFrom } = this.days;
    const keyEntries = this.#keyEntries;
    const sums = { prunedSum, prunedTo, keyedSum, adjustedSum, audit, keysForgottenTo, keyEntries, daysFrom };
    const visitors = { visitorsForgottenTo: this.marks.forgottenTo, marksKept: this.marks.kept };
    const linksVersion = this.linked.size > 0 ? version : this.#ledger.linksVersion;
    const linked = { links: this.links, linksVersion };
    const next = { ...this.#ledger, ...sums, ...visitors, ...linked, terms, version, epoch, sources, ended };
    if (this.endedChanged)
      for (const source of ended.keys())
        invariant(!sources.has(source), "a source is live or ended, never both", source, sources.get(source));
    for (const counter of this.changed.keys()) auditSection(this.#ledger, this.#ledger.totals.sectionOf(counter));
    auditSum(next, this.#ledger.totals.sum + this.added);
    return next;
  }

  /** Updates the shared totals, keys and marks. Call only once the store has `next`. `mergedFrom`: see `KeptMarks.add`. */
  commit(next: Ledger, mergedFrom: ReadonlyMap<Period, number> = new Map()): void {
    for (const [counter, total] of this.changed) {
      if (!total) next.totals.delete(counter);
      else if (!next.totals.update(counter, total)) next.totals.set(counter, total);
    }
    if (this.keys.added.size > 0) next.keys.add(next.version, this.keys.added, next.keysForgottenTo);
    next.keys.forget(next.keysForgottenTo, this.keysDeletedTo);
    this.marks.commit(next.version, mergedFrom);
    this.days.commit(next.version);
  }

  get #keyEntries(): number {
    const kept = this.#ledger.keys.entries.filter(({ version }) => version > this.keysDeletedTo).length;
    return kept + (this.keys.added.size > 0 ? 1 : 0);
  }

  /** What the draft adds to the sum of all totals. */
  get added(): bigint {
    let added = 0n;
    for (const [counter, total] of this.changed) added += sumOf(total) - sumOf(this.before.get(counter));
    return added;
  }

  #foldEnd(batch: Batch, known: number | undefined): BatchVerdict {
    if (!batch.last || known === undefined || this.ended.get(batch.source)?.complete) return "covered";
    this.#end(batch.source, true);
    return "counted";
  }

  #moveTo(batch: Batch, watermark: number): void {
    invariant(batch.from === watermark && batch.to > watermark, "a watermark only grows", watermark, batch.to);
    if (this.ended.delete(batch.source)) this.endedChanged = true;
    this.sources.set(batch.source, batch.to);
    this.dirty = true;
  }

  #end(source: SourceId, complete: boolean): void {
    const watermark = watermarkOf(this, source);
    if (watermark === undefined) return;
    this.sources.delete(source);
    this.ended.delete(source);
    this.ended.set(source, { watermark, complete, version: this.version });
    this.endedChanged = true;
    this.dirty = true;
  }

  #count(counter: string, region: string, by: number, hour: Hour | undefined): void {
    this.days.add(counter, hour, by);
    this.#add(counter, region, BigInt(by));
  }

  #add(counter: string, region: string, by: bigint): void {
    const regions = this.#regionsOf(counter);
    const place = regions.has(region) || this.#hasRoom(counter, regions, region) ? region : OTHER_REGION;
    if (!regions.has(place)) this.#room -= sizeOfRegion(place);
    regions.set(place, (regions.get(place) ?? 0n) + by);
  }

  /** In format 1 the whole ledger has little room; in format 2 a page must fit a transaction, so each counter's regions are bounded. */
  #hasRoom(counter: string, regions: ReadonlyMap<string, bigint>, region: string): boolean {
    if (!this.#ledger.layout) return sizeOfRegion(region) <= this.#room;
    return sizeOfCounter(counter, regions) + sizeOfRegion(region) <= MAX_COUNTER_BYTES;
  }

  /** A counter that is deleted and comes back never has an earlier generation again (H75). Format 1 has no generations. */
  get #newGeneration(): number {
    return this.#ledger.layout ? this.version : 0;
  }

  #look(counter: string): CounterTotal | undefined {
    if (!this.before.has(counter)) this.before.set(counter, this.#ledger.totals.get(counter));
    return this.before.get(counter);
  }

  /** The counter's totals in this draft, to be changed. */
  #regionsOf(counter: string): Map<string, bigint> {
    let total = this.changed.get(counter);
    if (!total) {
      const known = total === null ? undefined : this.#look(counter);
      total = { regions: new Map(known?.regions), generation: known?.generation ?? this.#newGeneration };
      this.changed.set(counter, total);
    }
    return total.regions;
  }
}

function sumOf(total: CounterTotal | null | undefined): bigint {
  return total ? totalOf([total.regions]) : 0n;
}
