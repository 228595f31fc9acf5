import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { DroppingProxy } from "../adapters/etcd/dropping_proxy.ts";
import { type RealCluster, storeStates } from "./real_cluster.ts";
import { onEtcd, onSqlite } from "./stores.ts";

/** A leader key lasts for 3 s. */
const LONGER_THAN_THE_LEASE_MS = 8_000;
/** In a transaction that changes totals, and in no other request. */
const A_COMMIT = "/ledger/totals/";

/** While the store is locked, away or losing answers, counting goes on, and afterwards the account is exact. */
describe("a store in trouble", () => {
  onSqlite((store) => {
    let child: ChildProcess | undefined;
    afterEach(() => child?.kill("SIGKILL"));

    for (const [how, ends] of [
      ["killed", (holder: ChildProcess) => holder.kill("SIGKILL")],
      ["continued", (holder: ChildProcess) => holder.kill("SIGCONT")],
    ] as const) {
      it(`a process that is stopped inside a transaction, and later ${how}, holds up commits and nothing else`, async () => {
        const cluster = await store.cluster();
        cluster.load.start();
        await cluster.acknowledged(100);
        child = await stoppedInTransaction(cluster.storeFile);
        await cluster.until("all show it", async () =>
          (await storeStates(cluster)).every((state) => state === "locked"),
        );
        await cluster.acknowledged(300);
        assert.deepEqual([...cluster.load.refusals], []);
        ends(child);
        await cluster.leader();
        await cluster.assertExact();
        assert.equal(cluster.load.total("unanswered"), 0);
      });
    }
  });

  onEtcd((store) => {
    it("etcd that is killed and started again", async () => {
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(200);
      await store.etcd.kill();
      await cluster.until("all show it", async () => (await storeStates(cluster)).every((state) => state === "away"));
      await cluster.acknowledged(300);
      await store.etcd.start();
      await cluster.leader();
      await cluster.assertExact();
      assert.equal(cluster.load.total("unanswered"), 0);
      assert.deepEqual([...cluster.load.refusals], []);
    });

    it("etcd that is stopped for longer than the lease", async () => {
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(200);
      store.etcd.pause();
      await cluster.until("all show it", async () => (await storeStates(cluster)).every((state) => state === "away"));
      await sleep(LONGER_THAN_THE_LEASE_MS);
      store.etcd.resume();
      await cluster.leader();
      await cluster.acknowledged(50);
      await cluster.assertExact();
      assert.deepEqual([...cluster.load.refusals], []);
    });

    it("answers that are lost after the commit", async () => {
      const proxy = await DroppingProxy.start(Number(store.etcd.endpoint.split(":")[1]));
      try {
        const cluster = await store.cluster({ store: `etcd://${proxy.endpoint}` });
        cluster.load.start();
        for (let time = 1; time <= 2; time++) {
          await cluster.acknowledged(100);
          proxy.dropAnswersFrom(A_COMMIT);
          await cluster.until("a leader cannot tell what became of its commit", async () => {
            return (await unknownOutcomes(cluster)) >= time;
          });
          proxy.cut();
          proxy.heal();
          await cluster.leader();
        }
        await cluster.assertExact();
        assert.deepEqual([...cluster.load.refusals], []);
      } finally {
        await proxy.close();
      }
    });
  });
});

/** Rounds of any leader whose commit had an unknown outcome. */
async function unknownOutcomes(cluster: RealCluster): Promise<number> {
  const metrics = await Promise.all(cluster.running.map((node) => node.get("/metrics")));
  const found = metrics.map((text) => /^global_cluster_rounds_total{outcome="unknown"} (\d+)/m.exec(String(text))?.[1]);
  return found.reduce((sum, rounds) => sum + Number(rounds ?? 0), 0);
}

/** Resolves to a process that holds the store's write lock and stands still: a node that is stopped there is seldom caught. */
async function stoppedInTransaction(file: string): Promise<ChildProcess> {
  const script = `
    const db = new (require("node:sqlite").DatabaseSync)(${JSON.stringify(file)}, { timeout: 5000 });
    db.exec("BEGIN IMMEDIATE");
    process.once("SIGCONT", () => db.exec("ROLLBACK") || process.exit());
    console.log("holds it");
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGSTOP");
  return child;
}
