import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "../needs.ts";
import { type NodeProcess, SCRIPT } from "./node_process.ts";
import type { RealCluster } from "./real_cluster.ts";
import { takeOutRelease } from "./release_0_1_0.ts";
import { stores } from "./stores.ts";

/** Nodes of the release 0.1.0 and of this one count together, in one ledger and from the same data directories, each way. */
describe("an upgrade from the release 0.1.0, and back again", function () {
  this.timeout(180_000);
  let old: string;
  before(function () {
    needs(this, "release 0.1.0");
    old = takeOutRelease();
  });
  after(() => {
    if (old) rmSync(old, { recursive: true, force: true });
  });

  stores((store) => {
    for (const order of ["the leader first", "the leader last"] as const)
      it(`${order}, under load: sent = counted`, async function () {
        this.timeout(180_000);
        const cluster = await store.cluster();
        const oldScript = join(old, "cmd", "node.ts");
        await changeTo(cluster, oldScript, order);
        cluster.load.start();
        await cluster.acknowledged(200);
        await changeTo(cluster, SCRIPT, order);
        await cluster.acknowledged(100);
        await changeTo(cluster, oldScript, order);
        await cluster.acknowledged(100);
        await cluster.assertExact();
      });

    it("once all nodes are of this release for a minute, the ledger is converted under load: sent = counted", async function () {
      needs(this, "more time");
      this.timeout(240_000);
      const cluster = await store.cluster();
      await changeTo(cluster, join(old, "cmd", "node.ts"), "the leader last");
      cluster.load.start();
      await cluster.acknowledged(200);
      await changeTo(cluster, SCRIPT, "the leader first");
      const steps = watchForStepsBack(cluster);
      await cluster.until("the ledger is converted", () => wasConverted(cluster), 120_000);
      await cluster.acknowledged(200);
      const leader = await cluster.leader();
      await leader.kill();
      await leader.start();
      await cluster.acknowledged(100);
      assert.deepEqual(await steps.end(), []);
      await cluster.assertExact();
    });
  });
});

/** Whether a leader has said that it converted the ledger. */
function wasConverted({ nodes }: RealCluster): boolean {
  return nodes.some(({ output }) => output.includes("ledger converted"));
}

/** Asks every node for the total, again and again. `end` resolves to each total that was less than the one before. */
function watchForStepsBack(cluster: RealCluster): { end(): Promise<string[]> } {
  const steps: string[] = [];
  const shown = new Map<string, number>();
  let goesOn = true;
  const watching = (async () => {
    for (; goesOn; await sleep(50))
      for (const node of cluster.running) {
        const key = `${node.name} in its life ${node.life}`;
        const total = Number((await node.view())?.total ?? Number.NaN);
        if (Number.isNaN(total)) continue;
        if (total < (shown.get(key) ?? 0)) steps.push(`${key}: ${shown.get(key)} to ${total}`);
        shown.set(key, total);
      }
  })();
  return {
    async end() {
      goesOn = false;
      await watching;
      return steps;
    },
  };
}

/** Each node leaves, one after the other, and comes back as `script`. */
async function changeTo(cluster: RealCluster, script: string, order: "the leader first" | "the leader last") {
  const leader = await cluster.leader();
  const others = cluster.running.filter((node) => node !== leader);
  const nodes: NodeProcess[] = order === "the leader first" ? [leader, ...others] : [...others, leader];
  for (const node of nodes) {
    await node.terminate();
    node.script = script;
    await node.start();
    await cluster.leader();
  }
}
