import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { eventually } from "../../eventually.ts";
import { ANNE, head, SqliteFile } from "./sqlite_file.ts";

const MEMBER = { id: "a", name: "a", region: "eu", peerAddress: "h:1", url: "http://h:2" };

/** A file that somebody edited by hand is read as far as it can be: one row never hides the others. */
describe("the SQLite store: a file that was edited by hand", () => {
  let store: SqliteFile;
  beforeEach(() => {
    store = new SqliteFile();
  });
  afterEach(() => store.end());

  function edit(sql: string): void {
    const db = new DatabaseSync(store.file, { timeout: 1_000 });
    db.exec(sql);
    db.close();
  }

  it("gives an entry as bytes, also if the edit left text or a number", async () => {
    const { store: ledger } = await store.open();
    await ledger.overwrite(0, head("1"));
    for (const [value, bytes] of [
      ["'text'", "text"],
      ["7", "7"],
      ["x'31'", "1"],
    ] as const) {
      edit(`UPDATE entries SET value = ${value} WHERE name = 'head'`);
      const { head: found } = await ledger.readHead();
      assert.ok(found instanceof Uint8Array);
      assert.equal(Buffer.from(found).toString(), bytes);
    }
  });

  it("gives the leader key as text", async () => {
    const { election } = await store.open();
    await election.campaign(ANNE);
    edit("UPDATE leader SET node_id = x'62', address = 12");
    const { nodeId, address } = (await election.leader()) ?? {};
    assert.deepEqual({ nodeId, address }, { nodeId: "b", address: "12" });
  });

  it("lists the others if one registration cannot be read", async () => {
    const { discovery } = await store.open();
    discovery.register(MEMBER);
    await eventually(async () => (await discovery.members()).length === 1);
    for (const [at, text] of ["null", "7", "{", '{"id":7}', "[]", '"x"'].entries())
      edit(`INSERT INTO nodes VALUES ('bad${at}', 1, '${text}')`);
    assert.deepEqual(await discovery.members(), [MEMBER]);
    await discovery.withdraw();
  });
});
