import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { acknowledged, begin, hitEverywhere, total } from "./story.ts";

/** Destroys a machine with its disk. Returns what its node showed as pending. */
function destroy(cluster: SimCluster, machine: Machine): number {
  const pending = machine.life?.node.statistics().pending ?? 0;
  cluster.kill(machine);
  cluster.machines.delete(machine.name);
  return pending;
}

/** Hits on new machines count, and the ledger lacks at most `lost` of all that was acknowledged. */
async function goesOn(cluster: SimCluster, lost: number): Promise<void> {
  hitEverywhere(cluster, 2_000);
  await cluster.run(10_000);
  const missing = acknowledged(cluster) - total(cluster);
  assert.ok(missing >= 0, `${-missing} hits were counted twice`);
  assert.ok(missing <= lost, `${missing} hits are missing, of which ${lost} were shown as pending`);
}

describe("histories: disks that are destroyed", () => {
  it("one node's disk is destroyed: no more is lost than it showed as pending", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await begin(3, "etcd", seed);
      hitEverywhere(cluster, 3_000, 7);
      await cluster.run(1_500 + 90 * seed);
      const [victim] = cluster.up();
      assert.ok(victim);
      const pending = destroy(cluster, victim);
      cluster.start(cluster.machine("new"));
      await goesOn(cluster, pending);
    }
  });

  it("all nodes and their disks are destroyed, and the store is kept: the total goes on from what was committed", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await begin(3, "etcd", seed);
      hitEverywhere(cluster, 3_000, 7);
      await cluster.run(1_500 + 90 * seed);
      const committed = total(cluster);
      assert.ok(committed > 0);
      const pending = cluster.up().reduce((sum, machine) => sum + destroy(cluster, machine), 0);
      for (let i = 1; i <= 3; i++) cluster.start(cluster.machine(`new-${i}`));
      await cluster.run(6_000);
      assert.ok(total(cluster) >= committed, "the total began anew");
      await goesOn(cluster, pending);
    }
  });
});
