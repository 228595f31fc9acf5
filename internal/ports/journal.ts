import type { LedgerPosition, LedgerRef, LogTail, Segment, SourceId } from "../core/log/batch.ts";
import type { ReadonlyCounts } from "../core/log/counts.ts";

/** A node's data directory. Everything in it is synchronous: one event-loop turn, one write. */
export interface DataDirectory {
  /** Logs of ended sources, as closed as they will ever be. Files that hold nothing are deleted on the way. Throws JournalError. */
  recover(): readonly RecoveredLog[];
  /** Starts the journal of a new source. Throws JournalError. */
  create(source: SourceId, region: string): Journal;
  /** Stores remains that another node hands over, synced before it returns. Throws JournalError. */
  store(remains: LogTail): Journal;
  /** The newest ledger that this directory has heard of. */
  knownLedger(): LedgerPosition | null;
  /** Throws JournalError. */
  recordKnownLedger(ledger: LedgerPosition): void;
  close(): void;
}

export interface RecoveredLog {
  readonly journal: Journal;
  readonly source: SourceId;
  readonly formerly: readonly SourceId[];
  readonly region: string;
  readonly base: number;
  /** Null when this log was never offered to anyone. */
  readonly firstOffer: LedgerRef | null;
  /** The ledger that its node knew at its first hit, null: none; undefined in a journal of version 0.1.0, which did not write it down. */
  readonly born?: LedgerRef | null | undefined;
  readonly shown: number;
  /** Cut at every offset where the journal says that a batch ended. */
  readonly segments: readonly Segment[];
}

/** One source's log on disk. Appends reach the page cache, no further, unless it says synced. */
export interface Journal {
  /** Bytes written since the last rewrite. */
  readonly size: number;
  /**
   * One write, whole or not at all. `born` comes with the first hits of a log: the ledger that the node knows, or null. Throws JournalError,
   * after which these hits are not in the log.
   */
  append(counts: ReadonlyCounts, born?: LedgerRef | null): void;
  /** Records that a batch ends at the current end. Throws JournalError. */
  seal(): void;
  /** Records the note, synced. Throws JournalError. */
  recordFirstOffer(firstOffer: LedgerRef): void;
  /** Everything so far is on disk when this returns. Throws JournalError. */
  sync(): void;
  /** Replaces the file by this state, synced and in one step: a crash leaves the old file or the new one. Throws JournalError. */
  rewrite(state: JournalState): void;
  /** Deletes the file. Never throws. */
  remove(): void;
}

/** A log as `rewrite` stores it. `segments` may end with an open one. */
export interface JournalState {
  readonly source: SourceId;
  readonly formerly: readonly SourceId[];
  readonly region: string;
  readonly base: number;
  readonly firstOffer: LedgerRef | null;
  /** See `RecoveredLog`. */
  readonly born?: LedgerRef | null | undefined;
  readonly shown: number;
  /** Each ends at a boundary except, if `open`, the last one. */
  readonly segments: readonly Segment[];
  readonly open: boolean;
}

export class JournalError extends Error {
  /** False when a broken record could not be cut off the file: nothing more may be appended to it. */
  readonly intact: boolean;
  constructor(message: string, intact: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = "JournalError";
    this.intact = intact;
  }
}
