import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { remoteFileSystem } from "../../../internal/core/remote_file_systems.ts";
import { ANNE, BERT, fails, head, SqliteFile } from "./sqlite_file.ts";

/** A file that is no store of this release is refused and left as it is, and one of 0.1.0 is used beside it. Network file systems are known. */
describe("the SQLite store: kinds of files", () => {
  let store: SqliteFile;
  beforeEach(() => {
    store = new SqliteFile();
  });
  afterEach(() => store.end());

  it("refuses a file of a newer release, of another program, and one that is no database", async () => {
    await (await store.open()).close();
    const db = new DatabaseSync(store.file);
    db.exec("PRAGMA user_version = 2");
    db.close();
    await assert.rejects(store.open(), fails("denied", /format 2, this release reads 1/));
    const other = join(store.folder, "other.db");
    const foreign = new DatabaseSync(other);
    foreign.exec("CREATE TABLE t (a)");
    foreign.close();
    await assert.rejects(store.open(systemClock, other), fails("denied", /another program/));
    assert.equal(existsSync(`${other}-wal`), false);
    const garbage = join(store.folder, "garbage.db");
    writeFileSync(garbage, "visits: 12\n".repeat(1_000));
    await assert.rejects(store.open(systemClock, garbage), fails("denied", /not a database/));
  });

  it("shares a file with a process of 0.1.0, which writes no nonce of the leader", async () => {
    await (await store.open()).close();
    const old = new DatabaseSync(store.file);
    old.exec("ALTER TABLE leader DROP COLUMN nonce");
    const { store: ledger, election } = await store.open();
    const first = await election.campaign(ANNE);
    assert.ok(first);
    assert.equal((await ledger.commit(first, 0, head("1"))).kind, "committed");
    // How 0.1.0 takes the key over.
    const insert = "INSERT OR REPLACE INTO leader (only, epoch, beat, node_id, address) VALUES (1, ?, 0, ?, ?)";
    old.prepare(insert).run(first.epoch + 2, BERT.nodeId, BERT.address);
    old.close();
    const { headRevision } = await ledger.readHead();
    assert.equal((await ledger.commit(first, headRevision, head("x"))).kind, "refused");
    assert.equal((await election.leader())?.nodeId, BERT.nodeId);
    assert.equal(await first.renew(), false);
  });

  it("knows network file systems by their numbers", () => {
    assert.equal(remoteFileSystem(0x6969), "NFS");
    assert.equal(remoteFileSystem(0xff534d42 | 0), "CIFS");
    assert.equal(remoteFileSystem(0x65735546), "FUSE");
    for (const local of [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630])
      assert.equal(remoteFileSystem(local), null);
  });
});
