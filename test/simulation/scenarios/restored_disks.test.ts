import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import type { SimDisk } from "../sim_disk.ts";
import { acknowledged, begin, FORGETFUL, followersOf, forgetEnded, hitEverywhere, total } from "./story.ts";

function hit(cluster: SimCluster, machine: Machine, times: number): void {
  for (let i = 0; i < times; i++) cluster.hit(machine);
}

/** The node leaves with nothing left, its log is counted and forgotten, and its disk is put back to `disk`. */
async function leaveAndRestore(cluster: SimCluster, machine: Machine, disk: SimDisk): Promise<void> {
  await cluster.run(4_000);
  cluster.drain(machine);
  assert.ok(await cluster.until(() => machine.life === null, 30_000));
  await forgetEnded(cluster);
  assert.equal(total(cluster), acknowledged(cluster));
  machine.disk = disk;
  cluster.start(machine);
  await cluster.run(8_000);
}

function indeterminate({ life }: Machine): number {
  return life?.node.statistics().indeterminate ?? 0;
}

describe("histories: disks that are restored from a backup", () => {
  it("a journal that was never offered when it was copied comes back when the ledger has counted and forgotten its log: counted once", async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = await begin(3, "etcd", seed, { retention: FORGETFUL });
      const [node] = followersOf(cluster);
      hit(cluster, node, 7);
      await cluster.run(5);
      const backup = node.disk?.copy();
      assert.ok(backup);
      await leaveAndRestore(cluster, node, backup);
      assert.equal(total(cluster), acknowledged(cluster));
      assert.equal(indeterminate(node), 7);
      hit(cluster, node, 3);
      await cluster.run(4_000);
      assert.equal(total(cluster), acknowledged(cluster));
    }
  });

  it("the same, of a node that knew no ledger at its first hit", async () => {
    const cluster = await begin(3, "etcd", 1, { retention: FORGETFUL });
    await forgetEnded(cluster);
    const fresh = cluster.machine("fresh");
    for (const name of cluster.machines.keys()) cluster.network.cut(name, fresh.name);
    cluster.start(fresh);
    hit(cluster, fresh, 7);
    await cluster.run(1_000);
    const backup = fresh.disk?.copy();
    assert.ok(backup);
    cluster.network.heal();
    assert.equal(cluster.refusedBatches, 0);
    await leaveAndRestore(cluster, fresh, backup);
    assert.equal(total(cluster), acknowledged(cluster));
    assert.equal(indeterminate(fresh), 7);
    assert.ok(cluster.refusedBatches > 0, "the leader did not report what it does not count");
  });

  it("a node that was killed before its first offer is counted, whatever was forgotten before its first hit", async () => {
    // Every ten seconds a node writes which ledger it knows: the story is played between two of these moments, too.
    for (let moment = 0; moment < 10_000; moment += 1_000) {
      const cluster = await begin(3, "etcd", 1, { retention: FORGETFUL });
      await cluster.run(moment);
      await forgetEnded(cluster);
      await cluster.run(2_000);
      const [node] = followersOf(cluster);
      hit(cluster, node, 7);
      await cluster.run(5);
      cluster.kill(node);
      cluster.start(node);
      await cluster.run(6_000);
      assert.equal(total(cluster), acknowledged(cluster));
      assert.equal(indeterminate(node), 0);
    }
  });

  it("a backup of a busy node, made at any time, is brought back while nothing is forgotten: nothing is counted twice, and no more is missing than was pending", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const cluster = await begin(3, seed % 2 ? "etcd" : "embedded", seed);
      const { random } = cluster.world;
      hitEverywhere(cluster, 8_000, 17);
      await cluster.run(random.between(50, 3_000));
      const [node] = followersOf(cluster);
      const backup = node.disk?.copy() ?? null;
      await cluster.run(random.between(50, 3_000));
      const pending = node.life?.node.statistics().pending ?? 0;
      cluster.kill(node);
      node.disk = backup;
      cluster.start(node);
      await cluster.run(12_000);
      const missing = acknowledged(cluster) - total(cluster);
      assert.ok(missing >= 0, `seed ${seed}: ${-missing} hits were counted twice`);
      assert.ok(missing <= pending, `seed ${seed}: ${missing} hits are missing, ${pending} were pending`);
      for (const { life } of cluster.up()) assert.equal(life?.node.statistics().pending, 0, `seed ${seed}: stuck`);
    }
  });
});
