import assert from "node:assert/strict";
import { ANNE, SqliteFile } from "./sqlite_file.ts";

/** Nothing in SQLite is asynchronous: what a node does before and after a call must not become one long turn of the event loop with it. */
describe("the SQLite store: turns of the event loop", () => {
  const file = new SqliteFile();
  after(() => file.end());

  it("lets other work have its turn before a transaction and after it", async () => {
    const { store, election } = await file.open();
    const lease = await election.campaign(ANNE);
    assert.ok(lease);
    let turns = 0;
    const count = () => {
      turns++;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const puts = new Map([["head", new Uint8Array(1)]]);
    const outcome = await store.commit(lease, 0, { puts });
    clearImmediate(counting);
    assert.equal(outcome.kind, "committed");
    assert.ok(turns >= 2, `${turns} turns`);
  });
});
