import { openSync } from "node:fs";
import { JournalError } from "../../ports/journal.ts";
import { closeForGood } from "./durable_files.ts";
import { identityOf, whyNotAt } from "./file_identity.ts";
import { isBusy, lockFile } from "./file_lock.ts";

/** A lock that lasts until `close` or the end of the process, however it ends. */
export interface DirectoryLock {
  /** Why the locked file is no longer at its path; null: it is there. */
  missing(): string | null;
  close(): void;
}

/**
 * Locks a data directory by the file at `path`, which it creates if there is none. A PID file would lie: in containers every process is
 * PID 1. Throws JournalError.
 */
export function lockDirectory(path: string): DirectoryLock {
  try {
    return lockSameFile(path);
  } catch (cause) {
    throw new JournalError(isBusy(cause) ? inUse(path) : `Cannot lock ${path}: ${(cause as Error).message}`, true, {
      cause,
    });
  }
}

/**
 * SQLite does not say which file it opened. So this file is open before, and has its name after: then SQLite opened this one. It stays open
 * as long as the lock is held, because closing any descriptor of it drops the lock, and because no other file can get its identity.
 */
function lockSameFile(path: string): DirectoryLock {
  const fd = openSync(path, "a");
  let unlock = () => {};
  const close = () => {
    closeForGood(fd);
    unlock();
  };
  try {
    const identity = identityOf(fd);
    unlock = lockFile(path);
    const missing = () => whyNotAt(path, identity);
    const reason = missing();
    if (reason !== null) throw new Error(reason);
    return { missing, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** `path`: the file that another process has locked. */
export function inUse(path: string): string {
  return `Cannot lock ${path}: the data directory is in use by another process. Do not delete this file: it protects the hits of that process. This node may be running already; to start one more, set another --port or --data-dir`;
}
