import type { Hour } from "../../core/days/hour.ts";
import { invariant } from "../../core/invariant.ts";
import { UNKNOWN_VERSION } from "../../core/ledger/loss_detection.ts";
import type { LedgerChange, ShownWatermark } from "../../core/ledger/snapshot.ts";
import {
  type Batch,
  endOf,
  type LedgerRef,
  type LogTail,
  type SourceId,
  sizeOfLogTail,
  sizeOfSegment,
} from "../../core/log/batch.ts";
import type { ReadonlyCounts } from "../../core/log/counts.ts";
import { SourceLog } from "../../core/log/source_log.ts";
import { type DataDirectory, JournalError, type RecoveredLog } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import type { Counters } from "./counters.ts";
import { carriedLog, type HeldLog, isUnused, ownLog, recordFirstOffer, removeJournal, stateOf } from "./held_log.ts";
import { LogJudge } from "./log_judge.ts";
import { MessageBudget, RoundRobin } from "./message_budget.ts";

/** A journal is rewritten when this many bytes were added since the last time. */
const REWRITE_AFTER_BYTES = 1 << 20;

/**
 * All logs that this node answers for: its own, which takes hits, and closed ones that it carries until they are committed.
 *
 * Each step is on disk, if there is a data directory, before it is in memory, and in memory before anybody else learns of it:
 *
 * - H1 Hits are in the journal before they are added to a log.
 * - H2 A log's first offer is recorded before the log is offered. Only a rebase changes it (docs/protocol.md, First offer).
 * - H3 A segment's end is in the journal before the segment is offered, and before hits after it are taken. So a later process cuts the
 *   log where the ledger may have.
 * - H4 A log that is handed off is closed and synced before it leaves, and synced by the receiver before it says yes.
 * - H5 A journal is deleted only when a snapshot has shown everything in it committed, or if its log is empty and was never offered.
 *
 * Offsets and cuts belong to `core/log/source_log.ts`, what becomes of a log with each snapshot to `log_judge.ts`.
 */
export class HeldLogs {
  readonly #directory: DataDirectory | null;
  readonly #random: Random;
  readonly #region: string;
  readonly #counters: Counters;
  readonly #logger: Logger;
  /** Null if its journal broke and no new one could be started: this node then refuses hits. Invariant: open until this node drains. */
  own: HeldLog | null = null;
  /** Invariant: each log is closed, and its key is its present id. */
  readonly carried = new Map<SourceId, HeldLog>();
  /** All logs that this process began, also those that are no longer held. */
  readonly #begun: SourceLog[] = [];
  readonly #judge: LogJudge;
  readonly #roundRobin = new RoundRobin();
  /** In journals that were found damaged. No log here has them. */
  #damagedHits = 0;
  /** Why no own log may be begun now; null if one may. */
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
    this.#judge = new LogJudge({
      ...parts,
      logs: this,
      begun: this.#begun,
      knownLedger: () => this.#knownLedger,
      beginAnother: (held) => this.#beginAnother(held),
      attempt: (trouble, action) => this.#try(trouble, action),
    });
  }

  /** Takes over the logs that earlier processes left in the data directory, and begins the own log. Throws JournalError. */
  open(): void {
    for (const recovered of this.#directory?.recover() ?? []) {
      const held = heldAgain(recovered);
      this.carried.set(held.log.id, held);
      for (const { counts } of held.log.segments)
        for (const counter of counts.keys()) this.#counters.addPending(counter, 0);
      this.#logger.info("journal of an ended process found; the next snapshot will tell which of its hits are new", {
        source: held.log.id,
        hits: held.log.pending,
      });
    }
    this.#damagedHits = this.#directory?.damagedHits() ?? 0;
    this.begin();
  }

  /** Begins a new own log. Throws JournalError. */
  begin(): void {
    const log = new SourceLog(this.#random.id(), this.#region);
    const journal = this.#directory?.create(log.id, log.region) ?? null;
    this.own = ownLog(log, journal);
    this.#begun.push(log);
  }

  *all(): Iterable<HeldLog> {
    if (this.own) yield this.own;
    yield* this.carried.values();
  }

  /** Sources of all logs with a first offer, under all their ids. A leader may know them. */
  sources(): SourceId[] {
    return [...this.all()].filter(({ log }) => log.firstOffer !== null).flatMap(({ log }) => log.ids);
  }

  /** Every id of the held logs that this process began. */
  begunSources(): SourceId[] {
    return [...this.all()].filter(({ log }) => this.#begun.includes(log)).flatMap(({ log }) => log.ids);
  }

  /** Hits that no snapshot covers, without indeterminate ones. */
  get pending(): number {
    let pending = 0;
    for (const { log } of this.all()) if (!log.indeterminate) pending += log.pending;
    return pending;
  }

  /** Hits that this process took and no snapshot covers. */
  get ownPending(): number {
    return this.#begun.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Hits that the ledger may or may not have. */
  get indeterminate(): number {
    let hits = this.#damagedHits;
    for (const { log } of this.all()) if (log.indeterminate) hits += log.pending;
    return hits;
  }

  /**
   * Writes hits to the journal; after that they may be added to the own log (H1). `hour`: in which they are acknowledged. Throws
   * JournalError: then they must not be.
   */
  journal(counts: ReadonlyCounts, hour?: Hour): void {
    if (this.#suspended !== null) throw new JournalError(this.#suspended, true);
    if (!this.own) this.begin();
    else if (this.own.log.isLong) this.#beginAnother(this.own);
    // Asserted before the write: hits in the journal will be counted, so nothing after it may refuse them.
    invariant(!this.own?.log.closed, "the own log takes hits", this.own?.log.id, "closed");
    try {
      if (this.own) this.#append(this.own, counts, hour);
    } catch (error) {
      this.journalErrors++;
      if (error instanceof JournalError && !error.intact) this.#abandonOwn();
      throw error;
    }
  }

  #append({ log, journal }: HeldLog, counts: ReadonlyCounts, hour: Hour | undefined): void {
    if (log.mustSealBefore(counts, hour)) {
      journal?.seal();
      log.seal();
    }
    const born = log.born === undefined ? this.#knownLedger : undefined;
    journal?.append(counts, born, hour);
    log.born ??= born;
    log.beginHour(hour);
  }

  /** The newest ledger that this node knows, in this process or by its data directory. */
  get #knownLedger(): LedgerRef | null {
    return this.#counters.ledger ?? this.#directory?.knownLedger() ?? null;
  }

  /** Begins another own log; the present one is closed, and carried until it is committed. If that fails it takes hits for now. */
  #beginAnother(held: HeldLog): void {
    if (!this.#try("new log could not be begun; will retry", () => this.begin())) return;
    held.log.close();
    this.carried.set(held.log.id, held);
  }

  /** Keeps the own journal from growing without limit. Call after hits were added to the log. */
  compact(): void {
    const own = this.own;
    if (!own?.journal || own.journal.size < REWRITE_AFTER_BYTES) return;
    this.#try("journal could not be shortened; it keeps growing", () => own.journal?.rewrite(stateOf(own.log)));
  }

  /**
   * The batches to offer a leader of the ledger `receiver`. Records first offers (H2) and seals batches (H3) before it returns. One message
   * may not hold all logs, so they take turns. A log that must wait is still in `sources` if it was ever offered.
   */
  offer(receiver: LedgerRef): Batch[] {
    for (const [id, { log }] of this.carried)
      invariant(log.closed && log.id === id, "a carried log is closed and known by its id", id, log.id);
    const budget = new MessageBudget<Batch>(sizeOfSegment);
    for (const held of this.#roundRobin.inOrder(new Map([...this.all()].map((held) => [held.log.id, held])))) {
      if (budget.full) break;
      // A first offer ages: recorded long before the first hit, it could make that hit indeterminate. So an empty log gets none.
      if (!held.placed || isUnused(held) || !this.#recordFirstOffer(held, receiver)) continue;
      this.#seal(held);
      budget.take(held.log.batches());
      this.#roundRobin.served(held.log.id);
    }
    return budget.parts;
  }

  /** Closes the own log. */
  close(): void {
    this.own?.log.close();
    if (this.own && isUnused(this.own)) removeJournal(this.own);
  }

  /** Closed logs with pending hits, synced (H4), for a node of the ledger `receiver`: as many as a message may hold, without `given`. */
  tails(receiver: LedgerRef, given: Pick<ReadonlySet<SourceId>, "has">): LogTail[] {
    const budget = new MessageBudget<LogTail>(sizeOfLogTail);
    for (const held of this.all()) {
      const { log } = held;
      if (budget.full) break;
      if (!log.closed || log.pending === 0 || log.indeterminate || given.has(log.id)) continue;
      if (this.#recordFirstOffer(held, receiver) && this.#try("journal cannot be synced", () => held.journal?.sync())) {
        budget.take([log.tail()]);
        held.handedOff = true;
      }
    }
    return budget.parts;
  }

  /** Takes over a handed off log, synced to disk. Throws JournalError: then it was not taken. */
  carry(tail: LogTail): void {
    const held = this.carried.get(tail.source) ?? (this.own?.log.id === tail.source ? this.own : undefined);
    // A node on a copied data directory may hold the log up to an earlier hit: a yes would lose the rest.
    if (held && held.log.end < endOf(tail)) throw new JournalError(shorterCopy(held.log, endOf(tail)), true);
    if (held) return;
    const journal = this.#directory?.store(tail) ?? null;
    this.carried.set(tail.source, carriedLog(SourceLog.closed(tail), journal));
  }

  /** Whether these watermarks mention every log that the ledger may know. Only then may their snapshot be adopted. */
  mentions(watermarks: readonly ShownWatermark[]): boolean {
    const mentioned = new Set(watermarks.map(({ source }) => source));
    return this.sources().every((source) => mentioned.has(source));
  }

  /** Drops what the snapshot covers. Call in the same step in which its totals are adopted. */
  cover(change: LedgerChange, watermarks: readonly ShownWatermark[]): void {
    this.#judge.cover(change, watermarks);
  }

  /** Gives up the own log and refuses hits, because its journal's file is missing. `reason`: for the errors until `resume`. */
  suspend(reason: string): void {
    this.#suspended = reason;
    this.#abandonOwn();
  }

  /** Rewrites every journal. Throws JournalError at the first that cannot be written. */
  rewriteJournals(): void {
    for (const { log, journal } of this.all()) journal?.rewrite(stateOf(log));
  }

  /** Takes hits again. The next hit begins a new log. */
  resume(): void {
    this.#suspended = null;
  }

  /** Gives up the own log after its journal broke. Acknowledged hits stay held; new hits need a new log. */
  #abandonOwn(): void {
    if (!this.own) return;
    this.own.log.close();
    if (isUnused(this.own)) removeJournal(this.own);
    else this.carried.set(this.own.log.id, this.own);
    this.own = null;
  }

  /** Records the log's first offer (H2). False if it could not be recorded. */
  #recordFirstOffer(held: HeldLog, receiver: LedgerRef): boolean {
    if (held.log.firstOffer !== null) return true;
    const firstOffer = this.#firstOfferTo(held, receiver);
    const noted = this.#try("log could not be offered; will retry", () => recordFirstOffer(held, firstOffer));
    if (noted) held.log.firstOffer = firstOffer;
    return noted;
  }

  /**
   * The newer version of what this node and the receiver know. A log of an earlier ledger begins in that one, and is rebased before it is
   * counted: on a copy of its journal it is, too, and both must arrive at the same id.
   */
  #firstOfferTo({ ageUnknown, log }: HeldLog, receiver: LedgerRef): LedgerRef {
    if (ageUnknown) return { id: receiver.id, version: UNKNOWN_VERSION };
    if (log.born && log.born.id !== receiver.id) return log.born;
    const known = this.#counters.ledger;
    return known?.id === receiver.id && known.version > receiver.version ? known : receiver;
  }

  #seal({ log, journal }: HeldLog): void {
    if (log.closed || !log.isSealable) return;
    if (this.#try("batch could not be sealed; will retry", () => journal?.seal())) log.seal();
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

function shorterCopy({ id, end }: SourceLog, wanted: number): string {
  return `this node has log ${id} up to hit ${end}, not ${wanted}: does it run on a copy of the other's data directory?`;
}

/**
 * A log that an earlier process left. A journal without a first offer may be a copy that is older than the log's first offer. So the ledger
 * that its node knew at its first hit stands for the first offer.
 */
function heldAgain(recovered: RecoveredLog): HeldLog {
  const { journal, firstOffer, born } = recovered;
  const log = SourceLog.closed({ ...recovered, firstOffer: firstOffer ?? born ?? null });
  log.born = born;
  const ageUnknown = firstOffer === null && born === null;
  return carriedLog(log, journal, ageUnknown);
}
