import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { acknowledged, begin, endsExactly, followersOf, hitEverywhere, KINDS, leaderOf, total } from "./story.ts";

/** A node looks once a second. */
const NOTICED_MS = 1_001;

/**
 * A data directory is deleted under a running node. Writes to its files go on succeeding, and reach nobody.
 * The node notices within a second, refuses hits until the directory could be made anew, and writes all that it holds into it.
 * What was acknowledged is lost only if the node is killed before that.
 */
describe("a data directory that is deleted under a running node", () => {
  for (const kind of KINDS) {
    it(`is made anew with all that the node holds, also what it carries (${kind}): it is killed then, and all hits are counted`, async () => {
      const cluster = await begin(3, kind);
      const [node] = followersOf(cluster);
      await restartWithHits(cluster, node, 5);
      cluster.store.away = true;
      cluster.hit(node, "visits", 7);
      await cluster.run(2_000);
      cluster.hit(node, "visits", 11);
      await cluster.run(10);
      cluster.deleteDirectory(node);
      cluster.hit(node, "visits", 13);
      await cluster.run(NOTICED_MS);
      cluster.hit(node, "visits", 17);
      await cluster.run(10);
      cluster.kill(node);
      cluster.start(node);
      await endsExactly(cluster);
      assert.equal(total(cluster), 5 + 7 + 11 + 13 + 17);
      assert.equal(cluster.accounts.refused, 0);
    });
  }

  it("is the leader's: killed at every moment after it noticed", async () => {
    for (let moment = 0; moment < 1_000; moment += 50) {
      const cluster = await begin(3, "etcd", moment + 1);
      const leader = leaderOf(cluster);
      hitEverywhere(cluster, 4_000, 10);
      await cluster.run(1_000 + moment);
      cluster.deleteDirectory(leader);
      await cluster.run(NOTICED_MS + moment);
      cluster.kill(leader);
      await cluster.run(50);
      cluster.start(leader);
      await endsExactly(cluster);
    }
  });

  for (const whole of [true, false]) {
    it(`cannot be made anew for a while (${whole ? "all of it" : "one journal"}): hits are refused and not counted, the node says so, what it holds is committed`, async () => {
      const cluster = await begin(3);
      const [node, other] = followersOf(cluster);
      cluster.hit(node, "visits", 5);
      await cluster.run(10);
      if (whole) cluster.deleteDirectory(node);
      else node.disk!.files.clear();
      node.disk!.replaced = true;
      await cluster.run(NOTICED_MS);
      cluster.hit(node, "visits", 7);
      await cluster.run(2_100);
      assert.equal(cluster.accounts.refused, 1);
      assert.equal(node.life?.node.refusing(), true);
      assert.equal(node.life?.node.statistics().directoryLosses, 1);
      assert.equal(node.life?.node.getStatus().takesRemains, false);
      for (const seenBy of [node, other]) assert.equal(stateOf(node, seenBy), "refusing");
      assert.equal(total(cluster), 5);
      node.disk!.replaced = false;
      await cluster.run(NOTICED_MS);
      cluster.hit(node, "visits", 11);
      await cluster.run(2_100);
      for (const seenBy of [node, other]) assert.equal(stateOf(node, seenBy), "counting");
      cluster.kill(node);
      cluster.start(node);
      await endsExactly(cluster);
      assert.equal(total(cluster), 16);
    });
  }

  it("is a single journal: it is written anew", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    cluster.store.away = true;
    await restartWithHits(cluster, node, 5);
    cluster.hit(node, "visits", 7);
    await cluster.run(10);
    const [first] = node.disk!.files.keys();
    node.disk!.files.delete(first!);
    await cluster.run(NOTICED_MS);
    cluster.kill(node);
    cluster.start(node);
    await endsExactly(cluster);
    assert.equal(total(cluster), 12);
  });

  it("is that of a node that leaves while the store is away: it keeps in a new one what it could not hand over", async () => {
    for (let moment = 2_000; moment < 6_000; moment += 50) {
      const cluster = await begin(1, "etcd", 1, { drainTimeout: 3_000 });
      const node = leaderOf(cluster);
      cluster.store.away = true;
      cluster.hit(node, "visits", 5);
      await cluster.run(10);
      cluster.drain(node);
      await cluster.run(moment);
      if (node.life === null) return;
      cluster.deleteDirectory(node);
      assert.ok(await cluster.until(() => node.life === null, 10_000));
      cluster.store.away = false;
      cluster.start(node);
      await endsExactly(cluster);
      assert.equal(total(cluster), acknowledged(cluster));
    }
    assert.fail("the node never left");
  });
});

/** Leaves the node with a journal of an earlier life, which it carries. */
async function restartWithHits(cluster: SimCluster, node: Machine, hits: number): Promise<void> {
  cluster.hit(node, "visits", hits);
  await cluster.run(1);
  cluster.kill(node);
  cluster.start(node);
}

function stateOf(node: Machine, seenBy: Machine): string | undefined {
  return seenBy.life?.node.cluster().nodes.find(({ name }) => name === node.name)?.state;
}
