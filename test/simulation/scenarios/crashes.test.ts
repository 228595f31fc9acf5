import assert from "node:assert/strict";
import { begin, endsExactly, followersOf, hitEverywhere, KINDS, leaderOf, total } from "./story.ts";

/** What a node acknowledged counts once, whenever it is killed or loses its power, and whatever its journal has by then. */
describe("histories: crashes", () => {
  for (const kind of KINDS) {
    it(`H3, H4 (${kind}): a batch leaves, its node is killed, and one more hit comes before the old batch commits`, async () => {
      for (let moment = 0; moment < 1_050; moment += 35) {
        const cluster = await begin(3, kind, moment + 1);
        const [node] = followersOf(cluster);
        for (let at = 0; at < 1_000; at += 10) cluster.world.after(at, () => cluster.hit(node));
        if (kind === "etcd") cluster.store.delayCalls = 0.5;
        await cluster.run(moment);
        cluster.kill(node);
        await cluster.run(50);
        cluster.start(node);
        cluster.hit(node);
        await endsExactly(cluster);
      }
    });
  }

  it("H5: hits, collects and kills in every order within one turn", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const cluster = await begin(3, "etcd", seed);
      cluster.network.jitter = 0;
      hitEverywhere(cluster, 1_500, 1);
      await cluster.run(1_000 + seed);
      const [node] = followersOf(cluster);
      cluster.kill(node);
      cluster.start(node);
      await endsExactly(cluster);
    }
  });

  for (const intact of [true, false]) {
    it(`H6, H34: a journal write is short (${intact ? "cut off again" : "and cannot be cut off"}): its hits are refused, later ones count`, async () => {
      const cluster = await begin(3);
      const [node] = followersOf(cluster);
      cluster.hit(node, "visits", 5);
      await cluster.run(10);
      if (node.disk) node.disk.shortWrite = { intact };
      cluster.hit(node, "visits", 7);
      await cluster.run(10);
      assert.equal(cluster.accounts.refused, 1);
      cluster.hit(node, "visits", 11);
      await cluster.run(10);
      cluster.kill(node);
      cluster.start(node);
      await endsExactly(cluster);
      assert.equal(total(cluster), 16);
    });
  }

  it("nodes that have taken no hits are killed: their next lives take hits for as long as they run", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    for (const machine of [node, leaderOf(cluster)]) {
      cluster.kill(machine);
      await cluster.run(3_000);
      cluster.start(machine);
      await cluster.run(3_000);
      cluster.hit(machine);
      await cluster.run(10);
    }
    assert.equal(cluster.accounts.refused, 0);
    await endsExactly(cluster);
    assert.equal(total(cluster), 2);
  });

  it("H11: power loss leaves a stale journal: what the ledger has is not counted again", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const cluster = await begin(3, "etcd", seed);
      hitEverywhere(cluster, 2_500, 15);
      await cluster.run(1_000 + 37 * seed);
      const [node] = followersOf(cluster);
      cluster.losePower(node);
      cluster.start(node);
      await cluster.run(4_000);
      cluster.accounts.checkPages();
      cluster.accounts.checkLedger(cluster.store);
    }
  });

  it("H39: a log that was offered keeps the note of its first offer through kill -9 and power loss", async () => {
    const cluster = await begin(3);
    const [node, other] = followersOf(cluster);
    cluster.hit(node, "visits", 5);
    const noteOf = () => node.disk?.recover().find(({ segments }) => segments.length > 0)?.firstOffer?.version;
    assert.ok(await cluster.until(() => (noteOf() ?? null) !== null, 1_500), "it was not offered");
    const before = noteOf();
    cluster.store.away = true;
    await cluster.run(1_500);
    cluster.losePower(node);
    cluster.store.away = false;
    for (let i = 0; i < 3; i++) {
      cluster.hit(other);
      await cluster.run(1_500);
    }
    cluster.store.away = true;
    cluster.start(node);
    await cluster.run(1_000);
    assert.equal(noteOf() ?? before, before);
    cluster.store.away = false;
    await cluster.run(5_000);
    cluster.accounts.checkLedger(cluster.store);
  });
});
