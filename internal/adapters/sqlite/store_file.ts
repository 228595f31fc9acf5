import { type BigIntStats, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../ports/store.ts";
import { remoteFileSystemOf } from "./file_system.ts";
import { prepare } from "./schema.ts";

/** Milliseconds that SQLite itself waits for a lock, and with it the event loop. Longer waits are made of several. */
const BUSY_TIMEOUT_MS = 10;

/**
 * One opened store file. Never look at `-wal` or `-shm` through `fs` other than by their names: closing any descriptor of theirs
 * drops SQLite's locks in the whole process (https://sqlite.org/howtocorrupt.html, 2.2).
 */
export interface StoreFile {
  readonly db: DatabaseSync;
  /** Which file this is, as long as it exists. */
  readonly identity: string;
  /** The same for its write-ahead log, if it had one. */
  readonly logIdentity: string | null;
}

/** Where a store is to be. */
export interface StorePlace {
  readonly file: string;
  /** Makes a folder and those above it, where missing. Throws the system's error. */
  makeFolder(path: string): void;
}

/**
 * Opens `file`, creating it with its folder where missing; revisions then begin after `firstRevision`. `former` is what is still open
 * under that name, if anything. Throws StoreError, or SQLite's error when another process holds a lock.
 */
export function openStoreFile(
  { file, makeFolder }: StorePlace,
  former: StoreFile | null,
  firstRevision: number,
): StoreFile {
  const folder = dirname(file);
  makeFolder(folder);
  const remote = remoteFileSystemOf(folder);
  if (remote) {
    const message = `${file} is on a network file system (${remote}), where SQLite's locks cannot be relied on: name a file on a local disk, or use etcd`;
    throw new StoreError("denied", message);
  }
  return alone(file, () => {
    removeOrphans(file, former);
    return opened(file, firstRevision);
  });
}

/** Which file is at `path` now, or null. */
export function identityOf(path: string): string | null {
  const stats: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.dev}:${stats.ino}` : null;
}

/**
 * Runs `work` while no other process is opening the same store, so that two cannot both find it missing and clear what the other has
 * just created. The lock is a transaction on a file of its own: it ends with the process, whatever happens.
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

/** A log whose database was deleted or replaced must not be applied to the one that takes its place. */
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
