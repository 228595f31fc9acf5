import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { acknowledged, begin, endsExactly, followersOf, hitEverywhere, KINDS, ledgerOf, total } from "./story.ts";

/** A store without space may have applied what it refused: the outcome is settled as that of any other unknown transaction. */
describe("histories: a full store", () => {
  it("the last commit before it was full is applied and refused, and its node dies: all pages show it when there is room", async () => {
    for (const hits of [1, 7, 400]) {
      const cluster = await begin(3);
      // A conversion of the ledger would be a commit of its own, and show what the store has.
      assert.ok(await cluster.until(() => ledgerOf(cluster).layout !== null, 10_000), "it is not converted");
      await cluster.run(3_000);
      const [follower] = followersOf(cluster);
      const before = total(cluster);
      Object.assign(cluster.store, { full: true, fullApplies: 1 });
      cluster.hit(follower, "visits", hits);
      assert.ok(await cluster.until(() => total(cluster) === before + hits, 5_000), "nothing was applied");
      // From now on etcd has its alarm: it refuses without applying.
      cluster.store.fullApplies = 0;
      await cluster.run(50);
      assert.deepEqual(states(cluster), new Set(["full"]));
      cluster.kill(follower);
      await cluster.run(5_000);
      cluster.store.full = false;
      await cluster.run(10_000);
      for (const { name, life } of cluster.up())
        assert.equal(Number(life?.node.read("visits")?.value), before + hits, `${name} does not show it`);
      assert.deepEqual(states(cluster), new Set(["ok"]));
    }
  });

  for (const kind of KINDS)
    it(`full again and again under load (${kind}): pages say so, and every hit is counted once`, async () => {
      for (let seed = 1; seed <= 6; seed++) {
        const cluster = await begin(3, kind, seed);
        hitEverywhere(cluster, 9_000);
        for (const fullApplies of kind === "etcd" ? [1, 0.5, 0] : [0, 0, 0]) {
          Object.assign(cluster.store, { full: true, fullApplies });
          await cluster.run(1_700);
          assert.ok(states(cluster).has("full"), "no page says that the store is full");
          Object.assign(cluster.store, { full: false, fullApplies: 0 });
          await cluster.run(1_300);
        }
        await endsExactly(cluster);
      }
    });

  it("H86: nearly full: no node takes new counters, and all say so; hits of the others go on, and new ones are taken when there is space", async () => {
    for (const kind of KINDS) {
      const cluster = await begin(3, kind);
      cluster.hit(cluster.up()[0]!, "visits");
      cluster.store.usedShare = 0.85;
      await cluster.run(12_000);
      const before = acknowledged(cluster);
      const [first, second, third] = cluster.up() as [Machine, Machine, Machine];
      for (const node of [first, second, third]) cluster.hit(node, `new-on-${node.name}`);
      await cluster.run(2_000);
      assert.equal(acknowledged(cluster), before, "a new counter was taken");
      for (const node of [first, second, third]) cluster.hit(node, "visits");
      await cluster.run(2_000);
      assert.equal(acknowledged(cluster), before + 3);
      for (const { life } of cluster.up())
        assert.match(life?.node.cluster().storeDetail ?? "", /^The store is 85% full\./);
      assert.deepEqual(states(cluster), new Set(["ok"]));
      cluster.store.usedShare = 0.79;
      await cluster.run(12_000);
      cluster.hit(second, "new-at-last");
      await cluster.run(2_000);
      assert.equal(acknowledged(cluster), before + 4);
      assert.equal(first.life?.node.cluster().storeDetail, "");
      await endsExactly(cluster);
    }
  });

  it("an adoption that is applied and refused has taken effect: that is what the person hears", async () => {
    const cluster = await begin(3);
    hitEverywhere(cluster, 2_000);
    await cluster.run(3_000);
    cluster.store.wipe();
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "no leader reported the loss");
    Object.assign(cluster.store, { full: true, fullApplies: 1 });
    assert.equal(await cluster.adopt(), true);
    assert.equal(cluster.store.entries.has("lost"), false);
  });

  it("an adoption that is refused and not applied is not told as one", async () => {
    const cluster = await begin(3);
    cluster.store.wipe();
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "no leader reported the loss");
    cluster.store.full = true;
    assert.equal(await cluster.adopt(), false);
    assert.equal(cluster.store.entries.has("lost"), true);
  });
});

function states(cluster: SimCluster): Set<string | undefined> {
  return new Set(cluster.up().map(({ life }) => life?.node.cluster().store));
}
