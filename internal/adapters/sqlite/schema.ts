import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../ports/store.ts";

/** "GCst": tells our files from other databases. */
const APPLICATION_ID = 0x47437374;
/** Kept in `user_version`. A higher one was written by a newer release. */
const FORMAT = 1;

/**
 * `entries` is the ledger; `revision` is that of the entry's last write. `leader` has at most one row, `epoch` is the revision that
 * created it, and `beat` changes while its holder is alive, as it does in `nodes`. There are no times in here: clocks of different
 * processes, and of one process on different days, do not agree.
 */
const TABLES = `
  CREATE TABLE meta (revision INTEGER NOT NULL);
  CREATE TABLE entries (name TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE leader (
    only INTEGER PRIMARY KEY CHECK (only = 1), epoch INTEGER NOT NULL, beat INTEGER NOT NULL,
    node_id TEXT NOT NULL, address TEXT NOT NULL
  );
  CREATE TABLE nodes (id TEXT PRIMARY KEY, beat INTEGER NOT NULL, member TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

/**
 * Makes `db` ready for use, creating its tables if it is empty. Revisions then begin after `firstRevision`, which should differ from
 * file to file: if a new file began at 0, an old leader's epoch could mean somebody else in it. Throws StoreError `denied` for a file that is not ours to write.
 */
export function prepare(db: DatabaseSync, file: string, firstRevision: number): void {
  const empty = numberFrom(db, "SELECT count(*) FROM sqlite_schema") === 0;
  if (!empty) checkFormat(db, file);
  // Written into the file once; an existing file's mode is not changed here, which would need all other processes to be gone.
  if (empty) db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  if (empty) db.exec(`BEGIN IMMEDIATE; ${TABLES} INSERT INTO meta VALUES (${Math.trunc(firstRevision)}); COMMIT;`);
}

function checkFormat(db: DatabaseSync, file: string): void {
  if (numberFrom(db, "PRAGMA application_id") !== APPLICATION_ID) {
    throw new StoreError("denied", `${file} is a database of another program; name another file`);
  }
  const format = numberFrom(db, "PRAGMA user_version");
  if (format !== FORMAT) {
    const message = `${file} has format ${format}, and this release reads only ${FORMAT}: start the release that wrote it`;
    throw new StoreError("denied", message);
  }
}

function numberFrom(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0]);
}
