import { type BigIntStats, rmSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { remoteFileSystem } from "../../core/remote_file_systems.ts";
import { StoreError } from "../../ports/store.ts";
import { prepare } from "./schema.ts";
import { toStoreError } from "./sqlite_error.ts";

/** How long SQLite itself waits for a lock. It blocks the event loop, so longer waits are several short ones. */
const BUSY_TIMEOUT_MS = 10;

/**
 * One opened store file. Never look at `-wal` or `-shm` through `fs` other than by their names: closing any descriptor of theirs
 * drops SQLite's locks in the whole process (https://sqlite.org/howtocorrupt.html, 2.2).
 */
export interface StoreFile {
  readonly db: DatabaseSync;
  /** Device and inode of the database. */
  readonly identity: string;
  /** The same of its write-ahead log; null if it had none. */
  readonly logIdentity: string | null;
}

/** Location of a store. */
export interface StorePlace {
  readonly file: string;
  /** Creates a folder and its missing parents. Throws the system's error. */
  makeFolder(path: string): void;
}

/**
 * Opens `file`, and creates it and its folder if they are missing; revisions then begin after `firstRevision`. `former`: the file that is
 * still open under that name. Throws StoreError, or SQLite's error if another process holds a lock.
 */
export function openStoreFile(
  { file, makeFolder }: StorePlace,
  former: StoreFile | null,
  firstRevision: number,
): StoreFile {
  const folder = dirname(file);
  makeFolder(folder);
  // Other systems than Linux number theirs differently.
  const remote = process.platform === "linux" ? remoteFileSystem(statfsSync(folder).type) : null;
  if (remote) {
    const message = `Cannot use ${file}: it is on a network file system (${remote}), where SQLite's locks are unreliable. Name a file on a local disk, or use etcd`;
    throw new StoreError("denied", message);
  }
  return alone(file, () => {
    removeOrphans(file, former);
    return opened(file, firstRevision);
  });
}

/** Share that the store at `path` has of what it could have: its own size, and what is free on its file system. Throws StoreError. */
export function usedShare(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    const used = [path, `${path}-wal`].reduce(
      (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    return used === 0 ? 0 : used / (used + bavail * bsize);
  } catch (error) {
    throw toStoreError(path, error, "open");
  }
}

/** Device and inode of the file at `path`; null if there is none. */
export function identityOf(path: string): string | null {
  const stats: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.dev}:${stats.ino}` : null;
}

/**
 * Runs `work` while no other process opens the same store. Otherwise two could find it missing, and each would clear what the other has
 * just created. The lock is a transaction on a separate file, so it ends with the process.
 */
function alone<T>(file: string, work: () => T): T {
  const lock = new DatabaseSync(`${file}-lock`, { timeout: BUSY_TIMEOUT_MS });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return work();
  } finally {
    lock.close();
  }
}

/** A write-ahead log must not be applied to a database that took the place of its own. */
function removeOrphans(file: string, former: StoreFile | null): void {
  const log = `${file}-wal`;
  const left = former !== null && former.logIdentity !== null && former.logIdentity === identityOf(log);
  if (identityOf(file) !== null && !left) return;
  rmSync(log, { force: true });
  rmSync(`${file}-shm`, { force: true });
}

function opened(file: string, firstRevision: number): StoreFile {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    prepare(db, file, firstRevision);
    return { db, identity: identityOf(file) ?? "", logIdentity: identityOf(`${file}-wal`) };
  } catch (error) {
    db.close();
    throw error;
  }
}
