import { DatabaseSync } from "node:sqlite";
import { JournalError } from "../../ports/journal.ts";
import { identityAt, whyNotAt } from "./file_identity.ts";

const SQLITE_BUSY = 5;

/** The garbage collector closes a database that nothing refers to, and with it ends the lock. */
const held = new Set<DatabaseSync>();

/** A lock that lasts until `close` or the end of the process, however it ends. */
export interface DirectoryLock {
  /** Why the locked file is no longer at its path; null: it is there. */
  missing(): string | null;
  close(): void;
}

/**
 * Locks a data directory by an exclusive transaction on the file at `path`. A PID file would lie: in containers every process is PID 1.
 * Never open `path` with `fs` here: closing any descriptor of it drops the lock (POSIX). Throws JournalError.
 */
export function lockDirectory(path: string): DirectoryLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec("BEGIN EXCLUSIVE");
    held.add(database);
    const identity = identityAt(path) ?? "";
    return { missing: () => whyNotAt(path, identity), close: release.bind(null, database) };
  } catch (error) {
    database?.close();
    throw new JournalError(lockFailure(path, error as Error & { errcode?: number }), true, { cause: error });
  }
}

function release(database: DatabaseSync): void {
  if (held.delete(database)) database.close();
}

function lockFailure(path: string, error: Error & { errcode?: number }): string {
  if (error.errcode === SQLITE_BUSY) {
    return `Cannot lock ${path}: the data directory is in use by another process. This node may be running already; to start one more, set another --port or --data-dir`;
  }
  return `Cannot lock ${path}: ${error.message}`;
}
