import { rmSync } from "node:fs";
import { join } from "node:path";
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
  });
});

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
