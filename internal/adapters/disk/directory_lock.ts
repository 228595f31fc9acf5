import { DatabaseSync } from "node:sqlite";
import { JournalError } from "../../ports/journal.ts";

const SQLITE_BUSY = 5;

/** A database that nothing refers to is closed by the garbage collector, and the lock with it. */
const held = new Set<DatabaseSync>();

/**
 * Locks a data directory until `close` or the end of the process, however it ends. A PID file would lie: in containers every
 * process is PID 1. Never open `path` with `fs` here: closing any descriptor of it drops the lock (POSIX). Throws JournalError.
 */
export function lockDirectory(path: string): { close(): void } {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec("BEGIN EXCLUSIVE");
    held.add(database);
    return { close: release.bind(null, database) };
  } catch (error) {
    database?.close();
    throw new JournalError(lockTrouble(path, error as Error & { errcode?: number }), true, { cause: error });
  }
}

function release(database: DatabaseSync): void {
  if (held.delete(database)) database.close();
}

function lockTrouble(path: string, error: Error & { errcode?: number }): string {
  if (error.errcode === SQLITE_BUSY) {
    return `this node may be running already: its data directory is in use by another process (${path} is locked). For one more node take another --port, or another --data-dir`;
  }
  return `data directory cannot be locked (${path}): ${error.message}`;
}
