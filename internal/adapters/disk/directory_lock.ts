import { JournalError } from "../../ports/journal.ts";
import { identityAt, whyNotAt } from "./file_identity.ts";
import { isBusy, lockFile } from "./file_lock.ts";

/** A lock that lasts until `close` or the end of the process, however it ends. */
export interface DirectoryLock {
  /** Why the locked file is no longer at its path; null: it is there. */
  missing(): string | null;
  close(): void;
}

/**
 * Locks a data directory by the file at `path`. A PID file would lie: in containers every process is PID 1. Never open `path` with `fs`
 * here: closing any descriptor of it drops the lock. Throws JournalError.
 */
export function lockDirectory(path: string): DirectoryLock {
  try {
    const close = lockFile(path);
    const identity = identityAt(path) ?? "";
    return { missing: () => whyNotAt(path, identity), close };
  } catch (cause) {
    throw new JournalError(isBusy(cause) ? inUse(path) : `Cannot lock ${path}: ${(cause as Error).message}`, true, {
      cause,
    });
  }
}

/** `path`: the file that another process has locked. */
export function inUse(path: string): string {
  return `Cannot lock ${path}: the data directory is in use by another process. Do not delete this file: it protects the hits of that process. This node may be running already; to start one more, set another --port or --data-dir`;
}
