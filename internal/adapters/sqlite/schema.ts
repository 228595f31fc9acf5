import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../ports/store.ts";

/** "GCst": tells our files from other databases. */
const APPLICATION_ID = 0x47437374;
/** Kept in `user_version`. A higher one was written by a newer release. */
const FORMAT = 1;

/**
 * `entries` is the ledger; `revision` is that of the entry's last write. `leader` has at most one row, `epoch` is the revision that
 * created it, `nonce` is its holder's, and `beat` changes while its holder is alive, as it does in `nodes`. It has no times: the clocks of
 * two processes do not agree, and neither does one clock with itself after it was set.
 */
const TABLES = `
  CREATE TABLE meta (revision INTEGER NOT NULL);
  CREATE TABLE entries (name TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE leader (
    only INTEGER PRIMARY KEY CHECK (only = 1), epoch INTEGER NOT NULL, beat INTEGER NOT NULL,
    node_id TEXT NOT NULL, address TEXT NOT NULL, nonce TEXT
  );
  CREATE TABLE nodes (id TEXT PRIMARY KEY, beat INTEGER NOT NULL, member TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

/**
 * Prepares `db`, and creates its tables if it is empty. Revisions then begin after `firstRevision`, which should differ from file to file:
 * if each began at 0, an old leader's epoch could be another leader's in a new file. Throws StoreError `denied` for a file of another
 * program or release.
 */
export function prepare(db: DatabaseSync, file: string, firstRevision: number): void {
  const empty = numberFrom(db, "SELECT count(*) FROM sqlite_schema") === 0;
  if (!empty) checkFormat(db, file);
  if (!empty) addNonce(db);
  // Only for a new file: changing the mode of an existing one would need all other processes to have closed it.
  if (empty) db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  if (empty) db.exec(`BEGIN IMMEDIATE; ${TABLES} INSERT INTO meta VALUES (${Math.trunc(firstRevision)}); COMMIT;`);
}

function checkFormat(db: DatabaseSync, file: string): void {
  if (numberFrom(db, "PRAGMA application_id") !== APPLICATION_ID) {
    throw new StoreError("denied", `Cannot use ${file}: it is a database of another program. Name another file`);
  }
  const format = numberFrom(db, "PRAGMA user_version");
  if (format !== FORMAT) {
    const message = `Cannot use ${file}: it has format ${format}, this release reads ${FORMAT}. Start the release that wrote it`;
    throw new StoreError("denied", message);
  }
}

/** 0.1.0 made the table without this column. It names the columns that it writes, so both work on one file. */
function addNonce(db: DatabaseSync): void {
  const has = numberFrom(db, "SELECT count(*) FROM pragma_table_info('leader') WHERE name = 'nonce'") > 0;
  if (!has) db.exec("ALTER TABLE leader ADD COLUMN nonce TEXT");
}

function numberFrom(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0]);
}
