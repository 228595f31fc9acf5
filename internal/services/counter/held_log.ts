import type { LedgerRef, Segment } from "../../core/log/batch.ts";
import type { SourceLog } from "../../core/log/source_log.ts";
import { type Journal, JournalError, type JournalState } from "../../ports/journal.ts";

/** A log and, with a data directory, its journal. */
export interface HeldLog {
  readonly log: SourceLog;
  journal: Journal | null;
  /**
   * Whether its pending hits are in what people see. A log that was recovered or handed over is not, until a snapshot has said how much
   * of it the totals on this page already have.
   */
  visible: boolean;
  /** Whether the newest adopted snapshot has this source among those that ended. */
  ended: boolean;
  /** Whether a snapshot has judged this log under its present id; only then is it offered. */
  placed: boolean;
  /**
   * Its journal tells of no first offer, and its node knew no ledger at its first hit: nobody can say how old it is, and any ledger that
   * forgot a source may have forgotten this one.
   */
  readonly ageUnknown: boolean;
}

/** Whether there is nothing in this log, and nobody was told of it. */
export function isUnused({ log }: HeldLog): boolean {
  return log.firstOffer === null && log.pending === 0;
}

export function removeJournal(held: HeldLog): void {
  held.journal?.remove();
  held.journal = null;
}

/** Nothing can be added to a journal that ends with a torn record: it is written anew, lest its hits could never be offered. */
export function recordFirstOffer({ log, journal }: HeldLog, firstOffer: LedgerRef): void {
  try {
    journal?.recordFirstOffer(firstOffer);
  } catch (error) {
    if (!(error instanceof JournalError) || error.intact) throw error;
    journal?.rewrite({ ...stateOf(log), firstOffer });
  }
}

export function stateOf(log: SourceLog): JournalState {
  const open: Segment[] = log.open.size > 0 ? [{ from: log.openFrom, to: log.end, counts: log.open }] : [];
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
