import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import { heal } from "../history.ts";
import { begin, endsExactly, followersOf, hitEverywhere, KINDS, leaderOf, ledgerOf, total } from "./story.ts";

/** Hits that a leaving node hands to another count once, in whatever order nodes crash or are heard. */
describe("histories: handover", () => {
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

  it("the receiver begins to leave after it said that it takes hits: it refuses, and another node takes them", async () => {
    const cluster = await begin(3);
    const [giver, receiver] = followersOf(cluster);
    cluster.hit(giver, "visits", 5);
    cluster.store.away = true;
    await cluster.run(4_000);
    const { node } = receiver.life ?? {};
    assert.ok(node?.getStatus().takesRemains);
    cluster.drain(receiver);
    const { id, version } = ledgerOf(cluster);
    const firstOffer = { id, version };
    const counts = new Map([["visits", 5]]);
    const tail = { source: "eeeeeeeeeeeeeeee", formerly: [], region: "eu", base: 0, shown: 0, firstOffer };
    const reply = node.acceptHandoff(giver.name, [{ ...tail, segments: [{ from: 0, to: 5, counts }] }], true);
    assert.deepEqual(reply, { taken: false, reason: "this node is draining, too" });
    cluster.drain(giver);
    assert.ok(await cluster.until(() => giver.life === null, 20_000), "nothing was handed over");
    giver.disk?.files.clear();
    cluster.store.away = false;
    await endsExactly(cluster);
    assert.equal(total(cluster), 5);
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

  it("the yes of a handoff is lost, and the receiver is first to follow an adoption: the giver's page shows no hit twice", async () => {
    const cluster = await begin(3);
    const { store, network } = cluster;
    const [giver, other] = followersOf(cluster);
    cluster.hit(giver, "visits", 3);
    await cluster.run(2_500);
    store.saveBackup();
    cluster.hit(other, "visits", 1);
    await cluster.run(2_500);
    network.cut(giver.name, leaderOf(cluster).name);
    cluster.hit(giver, "visits", 5);
    let taken = 0;
    for (const { name } of cluster.up()) {
      const { service } = network.endpoints.get(name) ?? {};
      const accept = service?.acceptHandoff.bind(service);
      if (!service || !accept) continue;
      service.acceptHandoff = (...handoff) => {
        const reply = accept(...handoff);
        if (reply.taken) taken++;
        for (const at of cluster.machines.keys()) if (at !== giver.name) network.cut(giver.name, at);
        return reply;
      };
    }
    cluster.drain(giver);
    assert.ok(await cluster.until(() => taken > 0, 10_000), "nobody took the log");
    store.restore();
    assert.ok(await cluster.until(() => store.entries.has("lost"), 20_000), "the loss was not reported");
    assert.ok(await cluster.adopt());
    assert.ok(await cluster.until(() => total(cluster) === 8, 10_000), "the receiver's log was not counted");
    assert.ok(giver.life, "the giver left");
    network.heal();
    await heal(cluster);
    cluster.accounts.checkPages();
    cluster.accounts.checkLedger(store);
    assert.equal(total(cluster), 8);
  });

  it("a node whose log was never offered, and whose node knew no ledger at its first hit, takes what another hands over", async () => {
    const cluster = await begin(2);
    const { store, network } = cluster;
    const [giver] = cluster.up().filter((machine) => machine !== cluster.leader());
    assert.ok(giver);
    const receiver = cluster.machine("receiver");
    for (const { name } of cluster.up()) network.cut(receiver.name, name);
    store.cutOff.add(receiver.name);
    cluster.start(receiver);
    await cluster.run(100);
    cluster.hit(receiver, "visits", 3);
    await cluster.run(100);
    cluster.kill(receiver);
    network.heal();
    store.cutOff.clear();
    cluster.start(receiver);
    const logs = () => [...(receiver.life?.node.logs ?? [])];
    assert.ok(
      await cluster.until(() => receiver.life?.node.cluster().ledger !== null, 10_000),
      "it heard of no ledger",
    );
    network.cut(receiver.name, leaderOf(cluster).name);
    assert.ok(
      logs().some(({ log }) => log.pending === 3 && log.firstOffer === null),
      "the story needs a log without a first offer",
    );
    network.cut(giver.name, leaderOf(cluster).name);
    cluster.hit(giver, "visits", 4);
    cluster.drain(giver);
    assert.ok(await cluster.until(() => giver.life === null, 20_000), "nothing was handed over");
    assert.ok(logs().some(({ log }) => log.pending === 4));
    giver.disk?.files.clear();
    await heal(cluster);
    cluster.accounts.checkPages();
    assert.equal(total(cluster), 7);
  });

  it("a log of a broken disk is offered to others in vain before it can move to an adopted ledger: no page steps back", async () => {
    for (const kind of KINDS) {
      const cluster = await begin(3, kind);
      const [giver] = followersOf(cluster);
      assert.ok(giver.disk);
      cluster.store.saveBackup();
      hitEverywhere(cluster, 2_500, 50);
      await cluster.run(2_500);
      cluster.store.restore();
      cluster.hit(giver, "visits", 7);
      assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 20_000), "the loss was not reported");
      giver.disk.failingSyncs = Number.POSITIVE_INFINITY;
      assert.ok(await cluster.adopt());
      assert.ok(await cluster.until(() => (giver.disk?.failures ?? 0) > 0, 10_000), "the log was not to be moved");
      cluster.network.cut(giver.name, leaderOf(cluster).name);
      giver.disk.failingSyncs = 0;
      cluster.drain(giver);
      await cluster.run(5_000);
      const waiting = [...(giver.life?.node.logs ?? [])].filter(({ log }) => log.formerly.length === 0);
      assert.ok(
        waiting.some(({ handedOff, log }) => handedOff && log.pending > 0),
        "the story needs a log that was offered to others and could not move",
      );
      cluster.network.heal();
      await heal(cluster);
      cluster.accounts.checkPages();
      cluster.accounts.checkLedger(cluster.store);
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
});

/** Starts a process on each machine that has none. */
function startAll(cluster: SimCluster): void {
  for (const machine of cluster.machines.values()) if (!machine.life) cluster.start(machine);
}
