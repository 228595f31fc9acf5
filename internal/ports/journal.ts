import type { Hour } from "../core/days/hour.ts";
import type { LedgerPosition, LedgerRef, LogTail, Segment, SourceId } from "../core/log/batch.ts";
import type { ReadonlyCounts } from "../core/log/counts.ts";

/** A node's data directory. All calls are synchronous, so that the hits of one turn of the event loop are one write. */
export interface DataDirectory {
  /** Reads the journals of earlier processes, whose logs take no more hits. Deletes journals without uncommitted hits. Throws JournalError. */
  recover(): readonly RecoveredLog[];
  /** Hits that can be read in damaged journals, which are kept, and of which nobody can tell whether the ledger has them. Call after `recover`. */
  damagedHits(): number;
  /** Says which of its files was deleted, moved or replaced, as a sentence without a full stop; null if all are at their paths. Never throws. */
  missing(): string | null;
  /**
   * Creates what is missing and locks it, except for the journals: call `Journal.rewrite` for each. Throws JournalError, also if another
   * process uses the directory that is at the path now, or if that has hits of other processes: only a start may recover those.
   */
  renew(): void;
  /** Starts the journal of a new source. Throws JournalError, also while the directory is missing. */
  create(source: SourceId, region: string): Journal;
  /** Stores a log's tail that another node hands off, synced before it returns. Throws JournalError, also while the directory is missing. */
  store(tail: LogTail): Journal;
  /** The newest ledger that was recorded here; null if none was. */
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
  /** The ledger that its node knew at its first hit; null: none. Undefined in a journal of version 0.1.0, which did not record it. */
  readonly born?: LedgerRef | null | undefined;
  readonly shown: number;
  /** Cut at every offset at which the journal says that a batch ended, and where another hour begins. */
  readonly segments: readonly Segment[];
}

/** One source's log on disk. Writes reach the page cache; the disk only where it says "synced". */
export interface Journal {
  /** Bytes written since the last rewrite. */
  readonly size: number;
  /**
   * Appends hits in one write, complete or without effect. `born`: with a log's first hits, the ledger that the node knows, or null. `hour`: in
   * which they are acknowledged. Throws JournalError; then these hits are not in the log.
   */
  append(counts: ReadonlyCounts, born?: LedgerRef | null, hour?: Hour): void;
  /** Records that a batch ends at the current end. Throws JournalError. */
  seal(): void;
  /** Records the first offer, synced. Throws JournalError. */
  recordFirstOffer(firstOffer: LedgerRef): void;
  /** Syncs everything written so far to disk. Throws JournalError. */
  sync(): void;
  /**
   * Replaces the file by one with this state, synced and in one step: a crash leaves the old file or the new one. If the old file is missing from its
   * path, the new one takes its place there, and the old one, wherever it was moved, keeps no hits. Throws JournalError.
   */
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
  /** See `RecoveredLog`. */
  readonly born?: LedgerRef | null | undefined;
  readonly shown: number;
  readonly segments: readonly Segment[];
  /** Whether the last segment is open: hits after the last cut, and not a batch. */
  readonly open: boolean;
}

/** A file of the data directory could not be read or written. */
export class JournalError extends Error {
  /** False if the file ends with a broken record that could not be cut off: then nothing may be appended. */
  readonly intact: boolean;
  constructor(message: string, intact: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = "JournalError";
    this.intact = intact;
  }
}
