import assert from "node:assert/strict";
import { ContractBroken } from "../accounts.ts";
import type { SimCluster } from "../cluster.ts";
import { acknowledged, begin, endsExactly, followersOf, hitEverywhere, KINDS, total } from "./story.ts";

/** Starts a process on each machine that has none. */
function startAll(cluster: SimCluster): void {
  for (const machine of cluster.machines.values()) if (!machine.life) cluster.start(machine);
}

describe("histories: leaving and crashing", () => {
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

  it("H29: the receiver of remains loses its power right after its yes", async () => {
    const cluster = await begin(2);
    const [giver, receiver] = cluster.up();
    assert.ok(giver && receiver);
    cluster.hit(giver, "visits", 5);
    cluster.store.away = true;
    await cluster.run(4_000);
    cluster.drain(giver);
    assert.ok(await cluster.until(() => giver.life === null, 20_000), "nothing was handed over");
    giver.disk?.files.clear();
    cluster.losePower(receiver);
    cluster.store.away = false;
    cluster.start(receiver);
    assert.ok(await cluster.until(() => total(cluster) === 5, 10_000), `the ledger has ${total(cluster)} of 5 hits`);
  });

  it("H30: a log was handed over, and then its giver loses power: both copies have the same cuts", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = await begin(3, "etcd", seed);
      const [giver] = followersOf(cluster);
      hitEverywhere(cluster, 3_000, 10);
      await cluster.run(2_000);
      cluster.store.away = true;
      await cluster.run(4_000);
      cluster.drain(giver);
      assert.ok(await cluster.until(() => giver.life === null, 20_000));
      giver.disk?.losePower();
      cluster.start(giver);
      await endsExactly(cluster);
    }
  });

  it("H30: and its giver is heard again before those who carry the log", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = await begin(3, "etcd", seed);
      const [giver] = followersOf(cluster);
      const others = cluster.up().filter((machine) => machine !== giver);
      hitEverywhere(cluster, 3_000, 10);
      await cluster.run(2_000);
      cluster.store.away = true;
      await cluster.run(4_000);
      cluster.drain(giver);
      assert.ok(await cluster.until(() => giver.life === null, 20_000));
      giver.disk?.losePower();
      for (const machine of others) cluster.kill(machine);
      cluster.start(giver);
      cluster.store.away = false;
      await cluster.run(10_000);
      startAll(cluster);
      await endsExactly(cluster);
    }
  });

  it("H31: what was handed over stays on the giver's page until a snapshot covers it", async () => {
    const cluster = await begin(3);
    const [giver] = followersOf(cluster);
    cluster.hit(giver, "visits", 5);
    cluster.store.away = true;
    await cluster.run(5_000);
    cluster.drain(giver);
    const life = giver.life;
    await cluster.until(() => giver.life === null, 20_000);
    assert.equal(life?.node.read("visits")?.value, 5n);
    await endsExactly(cluster);
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

  it("a loss is seen: the books find a hit that the ledger does not have", async () => {
    const cluster = await begin(3);
    hitEverywhere(cluster, 100, 50);
    await cluster.run(3_000);
    cluster.accounts.acknowledged.set("visits", acknowledged(cluster) + 1);
    assert.throws(() => cluster.accounts.checkLedger(cluster.store), ContractBroken);
  });
});
