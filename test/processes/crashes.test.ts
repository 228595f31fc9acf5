import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "../needs.ts";
import { timeToNextRound } from "./failover.ts";
import { measured } from "./measured.ts";
import type { NodeProcess } from "./node_process.ts";
import type { RealCluster } from "./real_cluster.ts";
import { stores } from "./stores.ts";

/** A leader key lasts for 3 s, the list of a node for 10 s. */
const PAUSE_MS = 10_000;
/** A younger leader is not taken over. */
const OLD_ENOUGH_MS = 11_000;

/** Real nodes that are killed under load, one or all, lose no acknowledged hit and count none twice. */
describe("nodes that crash", () => {
  stores((store) => {
    it("counts exactly when the leader is killed under load", async () => {
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(200);
      const leader = await cluster.leader();
      const survivors = cluster.running.filter((node) => node !== leader);
      await timeToNextRound(survivors, () => leader.kill());
      await leader.start();
      await cluster.acknowledged(100);
      await cluster.assertExact();
    });

    it("counts exactly when a leader that led for long is killed, and another one takes over", async function () {
      needs(this, "more time");
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(200);
      const leader = await oldLeader(cluster);
      const survivors = cluster.running.filter((node) => node !== leader);
      measured("leader kill -9 to next committed round", await timeToNextRound(survivors, () => leader.kill()), 1_500);
      assert.ok(survivors.some(({ output }) => output.includes("the leader's process has ended; taking over")));
      await leader.start();
      await cluster.acknowledged(100);
      await cluster.assertExact();
    });

    it("counts exactly when each node in turn is killed and started on its data directory", async function () {
      needs(this, "more time");
      const cluster = await store.cluster();
      cluster.load.start();
      for (const node of cluster.nodes) {
        await cluster.acknowledged(150);
        await node.kill();
        await cluster.acknowledged(30);
        await node.start();
      }
      await cluster.assertExact();
    });

    it("counts exactly when all nodes are killed at once", async () => {
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(300);
      await Promise.all(cluster.nodes.map((node) => node.kill()));
      await cluster.startAll();
      await cluster.acknowledged(150);
      await cluster.assertExact();
    });

    it("counts exactly when the leader is stopped for long and wakes up as one that no longer leads", async function () {
      needs(this, "more time");
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(200);
      const zombie = await cluster.leader();
      zombie.signal("SIGSTOP");
      const until = performance.now() + PAUSE_MS;
      const heir = await cluster.leader(cluster.nodes.filter((node) => node !== zombie));
      await sleep(until - performance.now());
      zombie.signal("SIGCONT");
      await cluster.until("it follows", async () => (await zombie.view())?.leader === (await heir.view())?.node);
      await cluster.acknowledged(100);
      await cluster.assertExact();
    });
  });
});

/** Resolves to a leader that has led for so long. On a slow machine another one may take its place meanwhile. */
async function oldLeader(cluster: RealCluster): Promise<NodeProcess> {
  for (;;) {
    const leader = await cluster.leader();
    const before = await leader.view();
    await sleep(OLD_ENOUGH_MS);
    if ((await cluster.leader()) === leader && (await leader.view())?.epoch === before?.epoch) return leader;
  }
}
