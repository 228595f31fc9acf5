import type { LedgerRef, Segment } from "../../core/log/batch.ts";
import type { SourceLog } from "../../core/log/source_log.ts";
import { type Journal, JournalError, type JournalState } from "../../ports/journal.ts";

/** A log that this node holds and, with a data directory, its journal. */
export interface HeldLog {
  readonly log: SourceLog;
  journal: Journal | null;
  /**
   * Whether visitors see its pending hits. A recovered or handed off log stays invisible until a snapshot shows how much of it the totals
   * already have.
   */
  visible: boolean;
  /** Whether this source has ended in the newest adopted snapshot. */
  ended: boolean;
  /** Whether a snapshot has judged this log under its present id; only then is it offered. */
  placed: boolean;
  /**
   * Whether its journal has no first offer, and its node knew no ledger at its first hit. Then its age is unknown, and any ledger that has
   * forgotten a source may have forgotten this one.
   */
  readonly ageUnknown: boolean;
  /** Whether it was offered to another node that may have taken it. */
  handedOff?: boolean;
  /** The log in which its hits after `log.end` continue, if it was split when it was set aside (docs/protocol.md, Set aside). */
  continuedBy?: HeldLog;
  /** While the ledger's watermark is before what was shown of this log: how many snapshots in a row showed the same one. */
  gap?: { readonly watermark: number; readonly snapshots: number };
}

/** A log of this process, whose hits visitors see at once. */
export function ownLog(log: SourceLog, journal: Journal | null): HeldLog {
  return { log, journal, visible: true, ended: false, placed: true, ageUnknown: false };
}

/** A closed log that an earlier process or another node left. */
export function carriedLog(log: SourceLog, journal: Journal | null, ageUnknown = false): HeldLog {
  return { log, journal, visible: false, ended: false, placed: true, ageUnknown };
}

/** Whether this log is empty and was never offered. */
export function isUnused({ log }: HeldLog): boolean {
  return log.firstOffer === null && log.pending === 0;
}

/** Deletes the journal; the log stays. */
export function removeJournal(held: HeldLog): void {
  held.journal?.remove();
  held.journal = null;
}

/**
 * Records the first offer in the journal. Nothing can be appended to a journal that ends with a torn record, so that one is rewritten:
 * otherwise its hits could never be offered. Throws JournalError.
 */
export function recordFirstOffer({ log, journal }: HeldLog, firstOffer: LedgerRef): void {
  try {
    journal?.recordFirstOffer(firstOffer);
  } catch (error) {
    if (!(error instanceof JournalError) || error.intact) throw error;
    journal?.rewrite({ ...stateOf(log), firstOffer });
  }
}

/** The state of `log` for `Journal.rewrite`. */
export function stateOf(log: SourceLog): JournalState {
  const open: Segment[] =
    log.open.size > 0 ? [{ from: log.openFrom, to: log.end, counts: log.open, hour: log.openHour }] : [];
  const { id: source, formerly, region, base, firstOffer, born, shown } = log;
  return {
    source,
    formerly,
    region,
    base,
    firstOffer,
    born,
    shown,
    segments: [...log.segments, ...open],
    open: open.length > 0,
  };
}
