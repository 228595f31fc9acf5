import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { ANNE, BERT, fails, head, SqliteFile } from "./sqlite_file.ts";

/** A store file that is deleted or replaced while it is open is reported once to each who uses it. Nobody goes on with what is not there any more. */
describe("the SQLite store: a file that is deleted under its users", () => {
  let store: SqliteFile;
  beforeEach(() => {
    store = new SqliteFile();
  });
  afterEach(() => store.end());

  for (const [what, remove] of [
    ["alone", () => rmSync(store.file)],
    ["with its folder", () => rmSync(join(store.folder, "data"), { recursive: true })],
    [
      "and replaced by an older copy",
      () => {
        rmSync(store.file);
        copyFileSync(join(store.folder, "backup.db"), store.file);
      },
    ],
  ] as const) {
    it(`${what}, is reported once to each, and all meet in the one that takes its place`, async () => {
      const backup = await store.open(systemClock, join(store.folder, "backup.db"));
      await backup.close();
      const [a, b] = [await store.open(), await store.open()];
      const lease = await a.election.campaign(ANNE);
      assert.ok(lease);
      const { headRevision } = await a.store.commit(lease, 0, head("old"));
      remove();
      await assert.rejects(a.store.commit(lease, headRevision, head("x")), fails("replaced", /deleted or replaced/));
      assert.equal((await a.store.readHead()).headRevision, 0);
      assert.equal((await a.store.overwrite(0, head("new"))).kind, "committed");
      await assert.rejects(b.store.readHead(), fails("replaced"));
      assert.equal(Buffer.from((await everythingIn(b.store)).entries.get("head") ?? []).toString(), "new");
      await assert.rejects(lease.renew(), fails("replaced"));
      assert.equal(await lease.renew(), false);
      await a.close();
      assert.equal((await everythingIn(b.store)).entries.size, 1);
      const check = new DatabaseSync(store.file);
      assert.deepEqual(
        check.prepare("PRAGMA integrity_check").get(),
        Object.assign(Object.create(null), { integrity_check: "ok" }),
      );
      check.close();
    });
  }

  it("never makes an old leader's epoch mean somebody else", async () => {
    const a = await store.open();
    const old = await a.election.campaign(ANNE);
    assert.ok(old);
    rmSync(join(store.folder, "data"), { recursive: true });
    const b = await store.open();
    const taken = await b.election.campaign(BERT);
    assert.ok(taken && taken.epoch > old.epoch, `${taken?.epoch} after ${old.epoch}`);
  });
});
