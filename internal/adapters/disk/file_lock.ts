import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

/** The garbage collector closes a database that nothing refers to, and with it ends the lock. */
const held = new Set<DatabaseSync>();

/**
 * Locks the file at `path`, which must be empty or a database, until the returned function is called or the process ends. It is a lock of
 * the kernel on the file itself (device and inode), by an exclusive transaction of SQLite: it stays when the file is renamed. Node offers no
 * other lock. Closing any descriptor of the file in this process drops it (POSIX). Throws SQLite's error.
 */
export function lockFile(path: string): () => void {
  const database = new DatabaseSync(path);
  try {
    // In memory, because a rollback journal on the disk would keep the file's first name.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw error;
  }
  held.add(database);
  return () => {
    if (held.delete(database)) database.close();
  };
}

/** Whether `lockFile` holds the file at `path`, in any process of this machine. Changes nothing. */
export function isFileLocked(path: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    database.exec("SELECT 1 FROM sqlite_schema");
    return false;
  } catch (error) {
    // Any other error says that it is no database, or is not there: then nobody holds it.
    return isBusy(error);
  } finally {
    database?.close();
  }
}

export function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
