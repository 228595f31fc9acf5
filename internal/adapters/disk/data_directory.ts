import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { LedgerPosition, LogTail, SourceId } from "../../core/log/batch.ts";
import { type DataDirectory, type Journal, JournalError, type RecoveredLog } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import { lockDirectory } from "./directory_lock.ts";
import { makeFolder } from "./folders.ts";
import { createJournalFile, endOf, type JournalFile, type JournalFolder } from "./journal_file.ts";
import { openJournal, readJournalOf, recoverJournals } from "./journal_recovery.ts";
import { KnownLedgerFile } from "./known_ledger.ts";

/**
 * Opens the data directory at `path`, which is made if it is not there, and locks it for this process. Damage that is found in it
 * goes to `log`. Throws JournalError when it is in use, cannot be written, or says something that is not understood.
 */
export function openDataDirectory(path: string, logger: Logger): DataDirectory {
  const journals = join(path, "journals");
  makeWritable(path, journals);
  const lock = lockDirectory(join(path, "lock.sqlite"));
  try {
    const knownLedger = new KnownLedgerFile(join(path, "ledger.json"));
    return new DiskDirectory({ folder: { path: journals, open: new Map() }, knownLedger, lock, logger });
  } catch (error) {
    lock.close();
    throw error;
  }
}

interface Parts {
  readonly folder: JournalFolder;
  readonly knownLedger: KnownLedgerFile;
  readonly lock: { close(): void };
  readonly logger: Logger;
}

class DiskDirectory implements DataDirectory {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  recover(): readonly RecoveredLog[] {
    return recoverJournals(this.#parts.folder, this.#parts.logger);
  }

  create(source: SourceId, region: string): Journal {
    const state = { source, formerly: [], region, base: 0, firstOffer: null, shown: 0, segments: [], open: false };
    return createJournalFile(this.#parts.folder, state);
  }

  store(remains: LogTail): Journal {
    const journal = this.#find(remains.source);
    if (journal === null) return createJournalFile(this.#parts.folder, { ...remains, open: false });
    // Both tell the same hits as far as both go, so the longer one has them all.
    if (journal.end >= endOf(remains)) journal.sync();
    else journal.rewrite({ ...remains, open: false });
    return journal;
  }

  knownLedger(): LedgerPosition | null {
    return this.#parts.knownLedger.ledger;
  }

  recordKnownLedger(ledger: LedgerPosition): void {
    this.#parts.knownLedger.note(ledger);
  }

  close(): void {
    for (const journal of [...this.#parts.folder.open.values()]) journal.close();
    this.#parts.knownLedger.close();
    this.#parts.lock.close();
  }

  #find(source: SourceId): JournalFile | null {
    const { folder, logger } = this.#parts;
    const open = folder.open.get(source);
    if (open !== undefined) return open;
    const content = readJournalOf(folder, source, logger);
    return content && openJournal(folder, content);
  }
}

function makeWritable(path: string, journals: string): void {
  try {
    makeFolder(journals);
    for (const directory of [path, journals]) accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new JournalError(`data directory ${path} cannot be used: ${(cause as Error).message}`, true, { cause });
  }
}
