import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { needs } from "../needs.ts";
import { storeStates, totalsOf } from "./real_cluster.ts";
import { onSqlite } from "./stores.ts";

/** Over a ledger that it cannot read, each new leader stays alive and says so; what was acknowledged is counted after the repair. */
describe("a ledger that cannot be read", () => {
  onSqlite((store) => {
    for (const [what, name, text] of [
      ["a total with a point in a bucket", "totals/%", '{"visits":{"eu":"1.5"}}'],
      ["a head that is another program's", "head", '{"format":1}'],
    ] as const)
      it(`because of ${what}`, async function () {
        if (name === "head") needs(this, "more time");
        const cluster = await store.cluster();
        cluster.load.start();
        await cluster.acknowledged(100);
        const leader = await cluster.leader();
        await cluster.until("hits are committed", async () =>
          Object.values(await totalsOf(leader)).some((committed) => committed > 0),
        );
        await leader.kill();
        const before = replaced(cluster.storeFile, name, Buffer.from(text));
        await cluster.until("all say that it is corrupt", async () =>
          (await storeStates(cluster)).every((state) => state === "corrupt"),
        );
        await cluster.acknowledged(100);
        assert.equal(cluster.running.length, cluster.nodes.length - 1, "a node ended");
        for (const [entry, value] of before) replaced(cluster.storeFile, entry, value);
        await leader.start();
        await cluster.leader();
        await cluster.assertExact();
      });
  });
});

/** Puts `value` into the entries that are like `name`. Returns what was there. */
function replaced(file: string, name: string, value: Uint8Array): Map<string, Uint8Array> {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const rows = db.prepare("SELECT name, value FROM entries WHERE name LIKE ?").all(name);
    db.prepare("UPDATE entries SET value = ? WHERE name LIKE ?").run(value, name);
    return new Map(rows.map((row) => [String(row.name), row.value as Uint8Array]));
  } finally {
    db.close();
  }
}
