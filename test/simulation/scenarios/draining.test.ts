import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import { acknowledged, begin, endsExactly, followersOf, hitEverywhere, KINDS, total } from "./story.ts";

/** A node that is told to leave refuses new hits, and leaves soon and with everything committed or handed over. */
describe("histories: draining", () => {
  for (const kind of KINDS) {
    it(`H16 (${kind}): scaled to zero with hits in every node: the leader leaves last, and nothing is left behind`, async () => {
      const cluster = await begin(3, kind);
      hitEverywhere(cluster, 400, 10);
      await cluster.run(400);
      for (const machine of cluster.up()) cluster.drain(machine);
      assert.ok(await cluster.until(() => cluster.up().length === 0, 6_000), "a node waits for its deadline");
      assert.equal(total(cluster), acknowledged(cluster));
      startAll(cluster);
      await endsExactly(cluster);
    });

    it(`H17 (${kind}): hits go on coming while a node drains: each is counted or refused`, async () => {
      const cluster = await begin(3, kind);
      hitEverywhere(cluster, 4_000, 3);
      await cluster.run(1_000);
      cluster.drain(followersOf(cluster)[0]);
      await cluster.run(3_500);
      assert.ok(cluster.accounts.refused > 0);
      await endsExactly(cluster);
    });
  }

  it("H27: two nodes leave while the store is away: neither hands to the other", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await begin(4, "etcd", seed);
      const [a, b] = followersOf(cluster);
      cluster.store.away = true;
      hitEverywhere(cluster, 300, 10);
      await cluster.run(3_000);
      cluster.drain(a);
      cluster.drain(b);
      await cluster.run(10_000);
      cluster.store.away = false;
      await endsExactly(cluster);
      assert.equal(total(cluster), acknowledged(cluster));
    }
  });

  it("a node that never heard a leader leaves while the store is away: it discovers whom to hand its hits to", async () => {
    const cluster = await begin(3);
    cluster.store.discoveryApart = true;
    const [node] = followersOf(cluster);
    cluster.kill(node);
    cluster.store.away = true;
    await cluster.run(4_000);
    cluster.start(node);
    cluster.hit(node, "visits", 5);
    await cluster.run(4_000);
    cluster.drain(node);
    assert.ok(await cluster.until(() => node.life === null, 10_000), "it waits for its deadline");
    node.disk?.files.clear();
    cluster.store.away = false;
    assert.ok(await cluster.until(() => total(cluster) === 5, 15_000), `the ledger has ${total(cluster)} of 5 hits`);
  });

  it("H28: a node that was killed and carries its earlier life's hits leaves with all of them counted", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    cluster.hit(node, "visits", 5);
    await cluster.run(1);
    cluster.kill(node);
    cluster.start(node);
    await cluster.run(1);
    cluster.drain(node);
    assert.ok(await cluster.until(() => node.life === null, 10_000));
    assert.equal(total(cluster), 5);
    assert.equal(node.disk?.files.size, 0);
  });
});

/** Starts a process on each machine that has none. */
function startAll(cluster: SimCluster): void {
  for (const machine of cluster.machines.values()) if (!machine.life) cluster.start(machine);
}
