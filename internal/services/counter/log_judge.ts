import { assess, splitId } from "../../core/ledger/log_assessment.ts";
import type { LedgerChange, ShownWatermark } from "../../core/ledger/snapshot.ts";
import type { LedgerRef, SourceId } from "../../core/log/batch.ts";
import { SourceLog } from "../../core/log/source_log.ts";
import type { DataDirectory, Journal } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Counters } from "./counters.ts";
import { type HeldLog, ownLog, removeJournal, stateOf } from "./held_log.ts";

export interface LogJudgeDeps {
  readonly logs: HeldLogsInMemory;
  /** All logs that this process began. */
  readonly begun: SourceLog[];
  readonly directory: DataDirectory | null;
  readonly counters: Counters;
  readonly logger: Logger;
  /** The newest ledger that this node knows; null: none. */
  readonly knownLedger: () => LedgerRef | null;
  /** Begins another own log, and closes and carries this one. */
  readonly beginAnother: (held: HeldLog) => void;
  /** Runs `action`. False if it threw JournalError, which is logged with `trouble`. */
  readonly attempt: (trouble: string, action: () => void) => boolean;
}

export interface HeldLogsInMemory {
  own: HeldLog | null;
  readonly carried: Map<SourceId, HeldLog>;
  all(): Iterable<HeldLog>;
}

/** A log that begins past the ledger's watermark is set aside after this many snapshots in a row that showed the same one. */
const GAP_SNAPSHOTS = 10;

/**
 * What becomes of each held log with a snapshot: it is covered, shown, let go, moved to an adopted ledger, or set aside
 * (docs/protocol.md, Publish, Rebase, Set aside). What a snapshot means for a log is decided in `core/ledger/log_assessment.ts`.
 */
export class LogJudge {
  readonly #logs: HeldLogsInMemory;
  readonly #begun: SourceLog[];
  readonly #directory: DataDirectory | null;
  readonly #counters: Counters;
  readonly #logger: Logger;
  readonly #knownLedger: () => LedgerRef | null;
  readonly #beginAnother: (held: HeldLog) => void;
  readonly #attempt: (trouble: string, action: () => void) => boolean;

  constructor(deps: LogJudgeDeps) {
    this.#logs = deps.logs;
    this.#begun = deps.begun;
    this.#directory = deps.directory;
    this.#counters = deps.counters;
    this.#logger = deps.logger;
    this.#knownLedger = deps.knownLedger;
    this.#beginAnother = deps.beginAnother;
    this.#attempt = deps.attempt;
  }

  /** Drops what the snapshot covers. Call in the same step in which its totals are adopted. */
  cover(change: LedgerChange, watermarks: readonly ShownWatermark[]): void {
    const shown = new Map(watermarks.map((watermark) => [watermark.source, watermark]));
    for (const held of [...this.#logs.all()]) {
      const now = shown.get(held.log.id);
      if (!now) continue;
      if (!held.log.indeterminate) this.#judge(held, change, now, highestOf(held.log, shown));
      else if (held === this.#logs.own) this.#setAside(held, "indeterminate");
    }
    this.#counters.settle();
  }

  /** `highest`: the highest watermark that the ledger has of this log under any of its ids. */
  #judge(held: HeldLog, change: LedgerChange, shown: ShownWatermark, highest: number | null): void {
    held.ended = shown.ended;
    const verdict = assess(held.log, change, shown);
    if (verdict.kind === "indeterminate" || verdict.kind === "foreign") return this.#setAside(held, verdict.kind);
    const { pending } = held.log;
    // Under an earlier id nothing moves once the log has its own: only where that is still to come does the highest of all count.
    const watermark = verdict.kind === "rebase" ? highest : shown.watermark;
    const covered = watermark === null ? [] : held.log.cover(watermark);
    if (held.visible) this.#counters.removePending(covered);
    if (held.log.indeterminate) return this.#setAside(held, "indeterminate");
    if (verdict.kind === "rebase") return this.#rebase(held, verdict.id, verdict.firstOffer);
    held.placed = true;
    if (watermark !== null && watermark < held.log.shown) return this.#waitInGap(held, watermark);
    if (!held.visible) this.#show(held, pending);
    if (held.log.closed && held.log.pending === 0) this.#finish(held, shown);
  }

  /**
   * The ledger has less of this log than an earlier ledger did: another holder rebased it from an earlier watermark, and must be counted
   * first. That holder may have too little of it. So new hits go into another log, and this one is set aside when the watermark stands still.
   */
  #waitInGap(held: HeldLog, watermark: number): void {
    if (held === this.#logs.own) this.#beginAnother(held);
    held.gap = { watermark, snapshots: held.gap?.watermark === watermark ? held.gap.snapshots + 1 : 1 };
    if (held !== this.#logs.own && held.gap.snapshots > GAP_SNAPSHOTS) this.#setAside(held, "gap");
  }

  /** Shows visitors the hits that the ledger does not have. `before`: pending hits before this snapshot. */
  #show(held: HeldLog, before: number): void {
    held.visible = true;
    const { id, pending } = held.log;
    this.#logger.info("hits of an ended process compared with the ledger", {
      source: id,
      new: pending,
      counted: before - pending,
    });
    this.#counters.showPending(held.log.segments);
  }

  #finish(held: HeldLog, shown: ShownWatermark): void {
    removeJournal(held);
    if (shown.ended || shown.watermark === null) this.#logs.carried.delete(held.log.id);
  }

  /** Moves a log to the adopted ledger. Until a snapshot has judged it there, no more of it is sealed or offered. */
  #rebase(held: HeldLog, id: SourceId, firstOffer: LedgerRef): void {
    const { log } = held;
    if (log.closed && log.pending === 0) return this.#drop(held);
    held.placed = false;
    if (this.#mayBeElsewhere(held)) this.#conceal(held);
    const rewritten = this.#attempt("log could not be moved to the adopted ledger; will retry", () =>
      held.journal?.rewrite({ ...stateOf(log), source: id, formerly: log.ids, base: log.shown, firstOffer }),
    );
    if (!rewritten) return;
    const carried = this.#logs.carried.delete(log.id);
    this.#logger.info("log continues in the adopted ledger", { from: log.id, source: id, hits: log.pending });
    log.rebase(id, firstOffer);
    if (carried) this.#logs.carried.set(id, held);
  }

  /**
   * Takes a log off the pages until a snapshot has judged it under its new id: another holder may have rebased it before, and then the totals
   * have its hits.
   */
  #conceal(held: HeldLog): void {
    if (held.visible) this.#counters.conceal(held.log.segments);
    held.visible = false;
  }

  /** Whether another node may hold the log: this one handed it off, or has it from another node or process. */
  #mayBeElsewhere(held: HeldLog): boolean {
    return held.handedOff === true || (held !== this.#logs.own && !this.#begun.includes(held.log));
  }

  /** Keeps a log that can no longer be counted. The part of the own log that was never offered continues as a new log. */
  #setAside(held: HeldLog, why: string): void {
    const { log } = held;
    if (log.indeterminate) this.#hide(held);
    if (held === this.#logs.own && !this.#splitOwn(held)) return;
    if (log.pending === 0) return this.#drop(held);
    log.indeterminate = true;
    this.#hide(held);
    this.#logger.error("hits cannot be counted: it is unknown whether the ledger has them; their journal is kept", {
      source: log.id,
      hits: log.pending,
      why,
    });
  }

  /** Lets the sealed hits of an indeterminate log leave the pages. Open hits stay: they continue in another log. */
  #hide(held: HeldLog): void {
    if (held.visible) this.#counters.setAside(held.log.segments);
    held.visible = false;
  }

  /** Forgets a log without pending hits. */
  #drop(held: HeldLog): void {
    removeJournal(held);
    this.#logs.carried.delete(held.log.id);
  }

  /**
   * Makes the open hits a log of their own. Memory changes once the new file is written. If the older file keeps them, too, after a crash
   * or a failed write, only one of the two is ever counted.
   */
  #splitOwn(held: HeldLog): boolean {
    const { log } = held;
    const from = log.openFrom;
    const next = new SourceLog(splitId(log.id, from), log.region, from);
    next.beginHour(log.openHour);
    for (const [counter, by] of log.open) next.add(counter, by);
    if (next.pending > 0) next.born = this.#knownLedger();
    return this.#attempt("log could not be split; will retry", () => {
      const journal = this.#createJournal(next);
      this.#begun.push(next);
      log.open = new Map();
      log.end = from;
      log.close();
      this.#logs.carried.set(log.id, held);
      this.#logs.own = ownLog(next, journal);
      held.continuedBy = this.#logs.own;
      this.#attempt("journal of a split log could not be shortened", () => held.journal?.rewrite(stateOf(log)));
    });
  }

  /** A new journal that holds `log`; null without a data directory. Leaves no file if it throws JournalError. */
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
}

/** The highest watermark that the snapshot shows for any id of a log; null: none. */
function highestOf(log: SourceLog, shown: ReadonlyMap<SourceId, ShownWatermark>): number | null {
  const watermarks = log.ids.flatMap((id) => shown.get(id)?.watermark ?? []);
  return watermarks.length > 0 ? Math.max(...watermarks) : null;
}
