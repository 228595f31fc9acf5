import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { needs } from "../needs.ts";
import { committedIn, type RealCluster, storeStates, type Totals } from "./real_cluster.ts";
import { onEtcd, onSqlite } from "./stores.ts";

const ADOPT = fileURLToPath(new URL("../../cmd/adopt.ts", import.meta.url));

/**
 * A store that is wiped or restored under running nodes stops commits, not counting. After adopting, the account is
 * exact.
 */
describe("a store that loses what it had", () => {
  onSqlite((store) => {
    it("wiped under running nodes: counting goes on, and after adopting everything that was not shown as committed is counted", async function () {
      needs(this, "more time");
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(300);
      wipe(cluster.storeFile);
      await goesOn(cluster, {});
    });

    it("restored from a copy under running nodes: the same, from what the copy has", async function () {
      needs(this, "more time");
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(300);
      await cluster.load.stop();
      const inCopy = await cluster.healed();
      const saved = backUp(cluster.storeFile);
      await commits(cluster, inCopy);
      wipe(cluster.storeFile);
      renameSync(saved, cluster.storeFile);
      await goesOn(cluster, inCopy);
    });
  });

  onEtcd((store) => {
    it("wiped under running nodes", async () => {
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(300);
      await store.etcd.wipe();
      await goesOn(cluster, {});
    });

    it("restored from a copy under running nodes", async () => {
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(300);
      await cluster.load.stop();
      const inCopy = await cluster.healed();
      await store.etcd.backUp();
      await cluster.leader();
      await commits(cluster, inCopy);
      await store.etcd.restore();
      await goesOn(cluster, inCopy);
    });
  });
});

/** Load again, until some of it is committed that is not `inCopy`: otherwise nothing is lost. */
async function commits(cluster: RealCluster, inCopy: Totals): Promise<void> {
  cluster.load.start();
  await cluster.acknowledged(500);
  const { visits = 0 } = inCopy;
  await cluster.until("more is committed", async () => ((await committedIn(cluster)).visits ?? 0) > visits);
}

/** Nodes say that the store is lost, count on, and follow it when it is adopted. Nothing is missing then but what was committed and is not `inStore`. */
async function goesOn(cluster: RealCluster, inStore: Totals): Promise<void> {
  await cluster.until("all say that it is lost", async () => {
    return (await storeStates(cluster)).every((state) => state === "lost");
  });
  await cluster.acknowledged(200);
  // Requests that wait for the commit stay open until the store is adopted.
  const stopped = cluster.load.stop();
  const shown = await committedIn(cluster);
  cluster.load.forgetValues();
  const { stdout } = await promisify(execFile)(process.execPath, [ADOPT, "--yes", "--store", cluster.store]);
  assert.match(stdout, /Adopted\./);
  const [, seen = ""] = /^The leader had seen ([\d,]+) committed hits, and the store has /m.exec(stdout) ?? [];
  assert.equal(
    Number(seen.replaceAll(",", "")),
    Object.values(shown).reduce((sum, total) => sum + total, 0),
  );
  await cluster.leader();
  await stopped;
  assert.deepEqual([...cluster.load.refusals], []);
  cluster.load.start();
  await cluster.acknowledged(200);
  const lost = Object.entries(shown).map(([counter, total]) => [counter, total - (inStore[counter] ?? 0)]);
  await cluster.assertExact({ lost: Object.fromEntries(lost) });
}

function wipe(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

/** The path of a copy. */
function backUp(file: string): string {
  const copy = `${file}.copy`;
  const db = new DatabaseSync(file, { timeout: 1_000 });
  db.exec(`VACUUM INTO '${copy}'`);
  db.close();
  return copy;
}
