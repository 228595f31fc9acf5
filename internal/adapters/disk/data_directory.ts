import { accessSync, constants, statfsSync } from "node:fs";
import { join } from "node:path";
import { endOf, type LedgerPosition, type LogTail, type SourceId } from "../../core/log/batch.ts";
import { remoteFileSystem } from "../../core/remote_file_systems.ts";
import { type DataDirectory, type Journal, JournalError, type RecoveredLog } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import { createJournal } from "./create_journal.ts";
import { damagedHits } from "./damaged_journals.ts";
import { type DirectoryLock, lockDirectory } from "./directory_lock.ts";
import { makeFolder } from "./folders.ts";
import type { JournalFile, JournalFolder } from "./journal_file.ts";
import { listJournals, openJournal, readJournalOf, recoverJournals, refuseJournalsInUse } from "./journal_recovery.ts";
import { KnownLedgerFile } from "./known_ledger_file.ts";
import { closeLocked, type LockedFile } from "./locked_file.ts";

/**
 * Opens and locks the data directory at `path`, and creates it if it is missing. Throws JournalError if another process uses it, if it
 * cannot be written, if it is on a network file system, or if a file in it has an unknown format.
 */
export function openDataDirectory(path: string, logger: Logger): DataDirectory {
  makeWritable(path);
  refuseRemote(path);
  const lock = lockDirectory(lockPath(path));
  try {
    const directory = new DiskDirectory({ path, knownLedger: new KnownLedgerFile(ledgerPath(path)), lock, logger });
    directory.refuseIfInUse();
    return directory;
  } catch (error) {
    lock.close();
    throw error;
  }
}

interface DiskDirectoryDeps {
  readonly path: string;
  readonly knownLedger: KnownLedgerFile;
  readonly lock: DirectoryLock;
  readonly logger: Logger;
}

class DiskDirectory implements DataDirectory {
  readonly #deps: Omit<DiskDirectoryDeps, "lock">;
  /**
   * Locks taken so far, the newest last. Locks of directories that were moved away stay held: no other process may read journals that this
   * one still writes, and a directory may be moved back.
   */
  readonly #locks: DirectoryLock[];
  readonly #folder: JournalFolder;
  /** Files that were replaced while another process may have held the lock at this directory's path. */
  readonly #kept: LockedFile[] = [];

  constructor({ lock, ...deps }: DiskDirectoryDeps) {
    this.#deps = deps;
    this.#locks = [lock];
    this.#folder = {
      path: journalsPath(deps.path),
      open: new Map(),
      refuseIfUnlocked: () => this.#refuseIfUnlocked(),
      release: (old) => this.#release(old),
    };
  }

  refuseIfInUse(): void {
    refuseJournalsInUse(this.#folder);
    // A living process may have locked the directory again meanwhile. Then it released files that were replaced.
    this.#refuseIfUnlocked();
  }

  recover(): readonly RecoveredLog[] {
    return recoverJournals(this.#folder, this.#deps.logger);
  }

  damagedHits(): number {
    return damagedHits(this.#folder.path);
  }

  missing(): string | null {
    const missing = this.#unlocked() ?? this.#deps.knownLedger.missing();
    if (missing !== null) return missing;
    for (const journal of this.#folder.open.values()) {
      const reason = journal.missing();
      if (reason !== null) return reason;
    }
    return null;
  }

  renew(): void {
    const { path, knownLedger } = this.#deps;
    makeWritable(path);
    if (this.#unlocked() !== null) this.#lockAgain();
    if (knownLedger.missing() !== null) knownLedger.renew();
  }

  create(source: SourceId, region: string): Journal {
    const state = { source, formerly: [], region, base: 0, firstOffer: null, shown: 0, segments: [], open: false };
    return createJournal(this.#folder, state);
  }

  store(remains: LogTail): Journal {
    this.#refuseIfUnlocked();
    const journal = this.#find(remains.source);
    if (journal === null) return createJournal(this.#folder, { ...remains, open: false });
    // Up to the end of the shorter one, both have the same hits. So the longer one has them all.
    if (journal.end >= endOf(remains)) journal.sync();
    else journal.rewrite({ ...remains, open: false });
    return journal;
  }

  knownLedger(): LedgerPosition | null {
    return this.#deps.knownLedger.ledger;
  }

  recordKnownLedger(ledger: LedgerPosition): void {
    this.#refuseIfUnlocked();
    this.#deps.knownLedger.note(ledger);
  }

  close(): void {
    for (const journal of [...this.#folder.open.values()]) journal.close();
    this.#deps.knownLedger.close();
    for (const file of this.#kept) closeLocked(file);
    for (const lock of this.#locks) lock.close();
  }

  /** Why this process does not hold the lock of the directory at its path; null: it does. */
  #unlocked(): string | null {
    const reasons = this.#locks.map((lock) => lock.missing());
    return reasons.includes(null) ? null : (reasons.at(-1) ?? null);
  }

  #refuseIfUnlocked(): void {
    const reason = this.#unlocked();
    if (reason !== null) throw cannotWrite(this.#deps.path, reason);
  }

  /** If this process has lost the lock, another one may have opened `old` before that lost its name: it must find it locked. */
  #release(old: LockedFile): void {
    this.#kept.push(old);
    if (this.#unlocked() !== null) return;
    for (const file of this.#kept.splice(0)) closeLocked(file);
  }

  /** Another directory may have taken the place, with hits of other processes. Only the next start may recover those. */
  #lockAgain(): void {
    const { path, knownLedger, logger } = this.#deps;
    const lock = lockDirectory(lockPath(path));
    try {
      refuseJournalsInUse(this.#folder);
      refuseStrangeJournals(this.#folder, logger);
      refuseOtherLedger(path, knownLedger.ledger);
      const gone = lock.missing();
      if (gone !== null) throw cannotWrite(path, gone);
      this.#locks.push(lock);
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  #find(source: SourceId): JournalFile | null {
    const open = this.#folder.open.get(source);
    if (open !== undefined) return open;
    const content = readJournalOf(this.#folder, source, this.#deps.logger);
    return content && openJournal(this.#folder, content);
  }
}

function cannotWrite(path: string, reason: string): JournalError {
  return new JournalError(`Cannot write to data directory ${path}: ${reason}`, true);
}

function lockPath(path: string): string {
  return join(path, "lock.sqlite");
}

function journalsPath(path: string): string {
  return join(path, "journals");
}

function ledgerPath(path: string): string {
  return join(path, "ledger.json");
}

function refuseStrangeJournals(folder: JournalFolder, logger: Logger): void {
  for (const source of listJournals(folder)) {
    if (folder.open.has(source)) continue;
    const content = readJournalOf(folder, source, logger);
    if (content !== null && content.end > content.header.shown)
      throw new JournalError(
        `Cannot continue in ${folder.path}: another directory took its place, with hits of source ${source}; restart this node to count them, or move that directory away`,
        true,
      );
  }
}

function refuseOtherLedger(path: string, own: LedgerPosition | null): void {
  const found = new KnownLedgerFile(ledgerPath(path)).ledger;
  if (found === null || found.id === own?.id) return;
  throw new JournalError(
    `Cannot continue in ${path}: another directory took its place, which knows ledger ${found.id}; move that directory away`,
    true,
  );
}

/** Other systems than Linux number theirs differently. */
function refuseRemote(path: string): void {
  const remote = process.platform === "linux" ? remoteFileSystem(statfsSync(path).type) : null;
  if (remote === null) return;
  throw new JournalError(
    `Cannot use data directory ${path}: it is on a network file system (${remote}), where locks are unreliable and two processes could use it. Set --data-dir to a directory on a local disk`,
    true,
  );
}

function makeWritable(path: string): void {
  const journals = journalsPath(path);
  try {
    makeFolder(journals);
    for (const directory of [path, journals]) accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new JournalError(`Cannot use data directory ${path}: ${(cause as Error).message}`, true, { cause });
  }
}
