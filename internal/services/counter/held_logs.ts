import { invariant } from "../../core/invariant.ts";
import { assess, splitId } from "../../core/ledger/log_assessment.ts";
import type { LedgerChange, ShownWatermark } from "../../core/ledger/snapshot.ts";
import {
  type Batch,
  type LedgerRef,
  type LogTail,
  type Segment,
  type SourceId,
  sizeOfLogTail,
  sizeOfSegment,
} from "../../core/log/batch.ts";
import type { ReadonlyCounts } from "../../core/log/counts.ts";
import { SourceLog } from "../../core/log/source_log.ts";
import { type DataDirectory, type Journal, JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import type { Counters } from "./counters.ts";
import { type HeldLog, isUnused, recordFirstOffer, removeJournal, stateOf } from "./held_log.ts";
import { MessageBudget, RoundRobin } from "./message_budget.ts";

/** Journals are rewritten when they have grown this much since the last time, in bytes. */
const REWRITE_AFTER_BYTES = 1 << 20;

/** Every log that this node answers for: its own, and the remains that it carries. */
export class HeldLogs {
  readonly #directory: DataDirectory | null;
  readonly #random: Random;
  readonly #region: string;
  readonly #counters: Counters;
  readonly #logger: Logger;
  /** Null when its journal broke and no new one could be started: this node then refuses hits. Invariant: open until this node drains. */
  own: HeldLog | null = null;
  /** Invariant: each is closed, and stands under its log's present id. */
  readonly carried = new Map<SourceId, HeldLog>();
  /** The logs of this life, the ended ones among them. */
  readonly #begun: SourceLog[] = [];
  readonly #roundRobin = new RoundRobin();
  /** In journals that were found damaged. No log here has them. */
  #damagedHits = 0;
  /** Why no log of this life may be begun; null: one may. */
  #suspended: string | null = null;
  journalErrors = 0;

  constructor(parts: {
    directory: DataDirectory | null;
    random: Random;
    region: string;
    counters: Counters;
    logger: Logger;
  }) {
    this.#directory = parts.directory;
    this.#random = parts.random;
    this.#region = parts.region;
    this.#counters = parts.counters;
    this.#logger = parts.logger;
  }

  /** Takes up what earlier lives left in the data directory, and starts this life's log. Throws JournalError. */
  open(): void {
    for (const recovered of this.#directory?.recover() ?? []) {
      const held = { log: SourceLog.closed(recovered), journal: recovered.journal, visible: false, ended: false };
      this.carried.set(held.log.id, held);
      for (const { counts } of held.log.segments)
        for (const counter of counts.keys()) this.#counters.addPending(counter, 0);
      this.#logger.info("holds the journal of an ended process; the next snapshot tells which of its hits are new", {
        source: held.log.id,
        hits: held.log.pending,
      });
    }
    this.#damagedHits = this.#directory?.damagedHits() ?? 0;
    this.begin();
  }

  /** Starts a source of this life. Throws JournalError. */
  begin(): void {
    const log = new SourceLog(this.#random.id(), this.#region);
    this.own = { log, journal: this.#directory?.create(log.id, log.region) ?? null, visible: true, ended: false };
    this.#begun.push(log);
  }

  *all(): Iterable<HeldLog> {
    if (this.own) yield this.own;
    yield* this.carried.values();
  }

  /** Sources that a leader may know of, or will after the next offer. */
  sources(): SourceId[] {
    return [...this.all()].filter(({ log }) => log.firstOffer !== null).flatMap(({ log }) => log.ids);
  }

  /** Hits that no snapshot covers, those excepted that nobody can place any more. */
  get pending(): number {
    let pending = 0;
    for (const { log } of this.all()) if (!log.indeterminate) pending += log.pending;
    return pending;
  }

  /** Hits that came to this life and that no snapshot covers. */
  get ownPending(): number {
    return this.#begun.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Hits of which nobody can tell whether the ledger has them. */
  get indeterminate(): number {
    let hits = this.#damagedHits;
    for (const { log } of this.all()) if (log.indeterminate) hits += log.pending;
    return hits;
  }

  /** Writes hits to the journal; they may be added to the own log after this. Throws JournalError: then they must not be. */
  journal(counts: ReadonlyCounts): void {
    if (this.#suspended !== null) throw new JournalError(this.#suspended, true);
    if (!this.own) this.begin();
    else if (this.own.log.isLong) this.#beginAnother(this.own);
    // Asserted before the write: what is in the journal counts, so nothing may stop it from being acknowledged.
    invariant(!this.own?.log.closed, "the own log takes hits", this.own?.log.id, "closed");
    try {
      this.own?.journal?.append(counts);
    } catch (error) {
      this.journalErrors++;
      if (error instanceof JournalError && !error.intact) this.#abandonOwn();
      throw error;
    }
  }

  /** The log before it is closed for ever and carried until it is committed; if there can be no other yet, it takes some more hits. */
  #beginAnother(held: HeldLog): void {
    if (!this.#try("another log cannot be begun yet", () => this.begin())) return;
    held.log.close();
    this.carried.set(held.log.id, held);
  }

  /** Keeps the own journal from growing without end. Call after hits were added to the log. */
  compact(): void {
    const own = this.own;
    if (!own?.journal || own.journal.size < REWRITE_AFTER_BYTES) return;
    this.#try("the journal could not be shortened; it goes on growing", () => own.journal?.rewrite(stateOf(own.log)));
  }

  /**
   * What to offer a receiver that knows `receiver`: notes and seals what has to be, durably, before it leaves. As much as a message may
   * hold, in turn; a log that has to wait is none the less among the `sources` if it was ever offered.
   */
  offer(receiver: LedgerRef): Batch[] {
    for (const [id, { log }] of this.carried)
      invariant(log.closed && log.id === id, "a carried log is closed and known by its id", id, log.id);
    const budget = new MessageBudget<Batch>(sizeOfSegment);
    for (const held of this.#roundRobin.inOrder(new Map([...this.all()].map((held) => [held.log.id, held])))) {
      if (budget.full) break;
      // A note ages, and an old one makes the first hits indeterminate; what is empty is not offered and needs none.
      if (isUnused(held) || !this.#recordFirstOffer(held, receiver)) continue;
      this.#seal(held);
      budget.take(held.log.batches());
      this.#roundRobin.served(held.log.id);
    }
    return budget.parts;
  }

  /** Ends the own log. */
  close(): void {
    this.own?.log.close();
    if (this.own && isUnused(this.own)) removeJournal(this.own);
  }

  /** Closed logs with something in them, safely on disk, for a node that knows `receiver`: as many as a message may hold, without `given`. */
  tails(receiver: LedgerRef, given: Pick<ReadonlySet<SourceId>, "has">): LogTail[] {
    const budget = new MessageBudget<LogTail>(sizeOfLogTail);
    for (const held of this.all()) {
      const { log } = held;
      if (budget.full) break;
      if (!log.closed || log.pending === 0 || log.indeterminate || given.has(log.id)) continue;
      if (this.#recordFirstOffer(held, receiver) && this.#try("journal cannot be synced", () => held.journal?.sync()))
        budget.take([log.tail()]);
    }
    return budget.parts;
  }

  /** Takes over tail, durably. Throws JournalError: then nothing was taken. */
  carry(tail: LogTail): void {
    if (this.carried.has(tail.source) || this.own?.log.id === tail.source) return;
    const journal = this.#directory?.store(tail) ?? null;
    this.carried.set(tail.source, { log: SourceLog.closed(tail), journal, visible: false, ended: false });
  }

  /** Whether a snapshot with these watermarks speaks of every log that the ledger may know: only then may it be adopted. */
  mentions(watermarks: readonly ShownWatermark[]): boolean {
    const mentioned = new Set(watermarks.map(({ source }) => source));
    return this.sources().every((source) => mentioned.has(source));
  }

  /** Drops what the snapshot covers, in the same step in which its totals are adopted. */
  cover(change: LedgerChange, watermarks: readonly ShownWatermark[]): void {
    const shown = new Map(watermarks.map((watermark) => [watermark.source, watermark]));
    for (const held of [...this.all()]) {
      const watermark = shownOf(held.log, shown);
      if (!watermark) continue;
      if (!held.log.indeterminate) this.#judge(held, change, watermark);
      else if (held === this.own) this.#setAside(held, "indeterminate");
    }
  }

  #judge(held: HeldLog, change: LedgerChange, shown: ShownWatermark): void {
    held.ended = shown.ended;
    const verdict = assess(held.log, change, shown);
    if (verdict.kind === "indeterminate" || verdict.kind === "foreign") return this.#setAside(held, verdict.kind);
    const { pending } = held.log;
    const covered = shown.watermark === null ? [] : held.log.cover(shown.watermark);
    if (held.visible) this.#counters.removePending(covered);
    if (held.log.indeterminate) return this.#setAside(held, "indeterminate");
    if (verdict.kind === "rebase") return this.#rebase(held, verdict.id, verdict.firstOffer);
    if (!held.visible) this.#show(held, pending);
    if (held.log.closed && held.log.pending === 0) this.#finish(held, shown);
  }

  /** `before`: how many hits it had that no snapshot had covered. */
  #show(held: HeldLog, before: number): void {
    held.visible = true;
    const { id, pending } = held.log;
    this.#logger.info("knows which hits of an ended process are new", {
      source: id,
      new: pending,
      counted: before - pending,
    });
    for (const { counts } of held.log.segments)
      for (const [counter, by] of counts) this.#counters.addPending(counter, by);
  }

  #finish(held: HeldLog, shown: ShownWatermark): void {
    removeJournal(held);
    if (shown.ended || shown.watermark === null) this.carried.delete(held.log.id);
  }

  #rebase(held: HeldLog, id: SourceId, firstOffer: LedgerRef): void {
    const { log } = held;
    const rewritten = this.#try("a log cannot follow the adopted ledger yet", () =>
      held.journal?.rewrite({ ...stateOf(log), source: id, formerly: log.ids, base: log.shown, firstOffer }),
    );
    if (!rewritten) return;
    const carried = this.carried.delete(log.id);
    this.#logger.info("log follows the adopted ledger", { from: log.id, source: id, hits: log.pending });
    log.rebase(id, firstOffer);
    if (carried) this.carried.set(id, held);
  }

  /** Keeps a log that cannot be counted, and goes on with what of it was never offered. */
  #setAside(held: HeldLog, why: string): void {
    const { log } = held;
    const tail = held === this.own && log.open.size > 0 ? log.open : null;
    const from = log.openFrom;
    if (held === this.own && !this.#splitOwn(held, from, tail)) return;
    log.indeterminate = true;
    this.#logger.error("hits cannot be counted: nobody can tell whether the ledger has them; their journal is kept", {
      source: log.id,
      hits: log.pending,
      why,
    });
  }

  /**
   * The part from `from` on becomes a log of its own. Once its file is written memory follows: should the older file keep that part too,
   * by a crash or for want of space, only one of them is ever counted.
   */
  #splitOwn(held: HeldLog, from: number, tail: Segment["counts"] | null): boolean {
    const { log } = held;
    const next = new SourceLog(splitId(log.id, from), log.region, from);
    for (const [counter, by] of tail ?? []) next.add(counter, by);
    return this.#try("a log cannot be split yet", () => {
      const journal = this.#createJournal(next);
      this.#begun.push(next);
      log.open = new Map();
      log.end = from;
      log.close();
      this.carried.set(log.id, held);
      this.own = { log: next, journal, visible: true, ended: false };
      this.#try("the split log's journal keeps the part that went on", () => held.journal?.rewrite(stateOf(log)));
    });
  }

  /** A journal that holds `log`, or none at all. Throws JournalError. */
  #createJournal(log: SourceLog): Journal | null {
    const journal = this.#directory?.create(log.id, log.region) ?? null;
    try {
      journal?.rewrite(stateOf(log));
      return journal;
    } catch (error) {
      journal?.remove();
      throw error;
    }
  }

  /** Ends the own log and refuses hits: its journal's file is gone. */
  suspend(reason: string): void {
    this.#suspended = reason;
    this.#abandonOwn();
  }

  /** Writes every journal anew. Throws JournalError at the first that cannot be written. */
  rewriteJournals(): void {
    for (const { log, journal } of this.all()) journal?.rewrite(stateOf(log));
  }

  /** Takes hits again, into a log that the next hit begins. */
  resume(): void {
    this.#suspended = null;
  }

  /** The own journal cannot be written any more: what was acknowledged stays held, and new hits need a new source. */
  #abandonOwn(): void {
    if (!this.own) return;
    this.own.log.close();
    if (isUnused(this.own)) removeJournal(this.own);
    else this.carried.set(this.own.log.id, this.own);
    this.own = null;
  }

  /** The newer of what this node and the receiver know, once in a log's life and durably (docs/protocol.md, First offer). */
  #recordFirstOffer(held: HeldLog, receiver: LedgerRef): boolean {
    if (held.log.firstOffer !== null) return true;
    const known = this.#counters.ledger;
    const firstOffer = known?.id === receiver.id && known.version > receiver.version ? known : receiver;
    const noted = this.#try("a log cannot be offered yet", () => recordFirstOffer(held, firstOffer));
    if (noted) held.log.firstOffer = firstOffer;
    return noted;
  }

  #seal({ log, journal }: HeldLog): void {
    if (log.closed || !log.isSealable) return;
    if (this.#try("a batch cannot be sealed yet", () => journal?.seal())) log.seal();
  }

  #try(trouble: string, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.journalErrors++;
      this.#logger.warn(trouble, { error: error.message });
      return false;
    }
  }
}

/** What is shown of a log under its present id, with the highest watermark that it has under any. */
function shownOf(log: SourceLog, shown: ReadonlyMap<SourceId, ShownWatermark>): ShownWatermark | undefined {
  const now = shown.get(log.id);
  const watermarks = log.ids.flatMap((id) => shown.get(id)?.watermark ?? []);
  return now && { ...now, watermark: watermarks.length > 0 ? Math.max(...watermarks) : null };
}
