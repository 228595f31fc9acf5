import type { LedgerPosition, LedgerRef, LogTail, Segment, SourceId } from "../core/log/batch.ts";
import type { ReadonlyCounts } from "../core/log/counts.ts";

/** A node's data directory. Every call is synchronous: the hits of one turn of the event loop are one write. */
export interface DataDirectory {
  /** Reads the journals of earlier processes, whose logs take no more hits. Deletes journals that hold nothing. Throws JournalError. */
  recover(): readonly RecoveredLog[];
  /** Starts the journal of a new source. Throws JournalError. */
  create(source: SourceId, region: string): Journal;
  /** Stores a log's tail that another node hands off. It is synced when this returns. Throws JournalError. */
  store(tail: LogTail): Journal;
  /** The ledger last recorded here; null if none was. */
  knownLedger(): LedgerPosition | null;
  /** Throws JournalError. */
  recordKnownLedger(ledger: LedgerPosition): void;
  close(): void;
}

/** A log that an earlier process left. */
export interface RecoveredLog {
  readonly journal: Journal;
  readonly source: SourceId;
  readonly formerly: readonly SourceId[];
  readonly region: string;
  readonly base: number;
  /** Null if this log was never offered to anyone. */
  readonly firstOffer: LedgerRef | null;
  readonly shown: number;
  /** Cut at every offset at which the journal says that a batch ended. */
  readonly segments: readonly Segment[];
}

/** One source's log on disk. A write reaches the page cache only, unless the method says that it is synced. */
export interface Journal {
  /** Bytes written since the last rewrite. */
  readonly size: number;
  /** Appends hits in one write, whole or not at all. Throws JournalError: then these hits are not in the log. */
  append(counts: ReadonlyCounts): void;
  /** Records that a batch ends at the current end. Throws JournalError. */
  seal(): void;
  /** Records the first offer, synced. Throws JournalError. */
  recordFirstOffer(firstOffer: LedgerRef): void;
  /** Syncs everything written so far to disk. Throws JournalError. */
  sync(): void;
  /** Replaces the file by one with this state, synced and in one step: a crash leaves the old file or the new one. Throws JournalError. */
  rewrite(state: JournalState): void;
  /** Deletes the file. Never throws. */
  remove(): void;
}

/** A log's state, as `rewrite` stores it. */
export interface JournalState {
  readonly source: SourceId;
  readonly formerly: readonly SourceId[];
  readonly region: string;
  readonly base: number;
  readonly firstOffer: LedgerRef | null;
  readonly shown: number;
  readonly segments: readonly Segment[];
  /** Whether the last segment is open: hits after the last cut, and not a batch. */
  readonly open: boolean;
}

/** A file of the data directory could not be read or written. */
export class JournalError extends Error {
  /** False if a torn record could not be cut off the file: nothing more may be appended to it. */
  readonly intact: boolean;
  constructor(message: string, intact: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = "JournalError";
    this.intact = intact;
  }
}
