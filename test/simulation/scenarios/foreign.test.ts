import assert from "node:assert/strict";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { SETTINGS, SimCluster } from "../cluster.ts";
import { SimDisk } from "../sim_disk.ts";
import { SimStore } from "../sim_store.ts";
import { begin, endsExactly, leaderOf, total } from "./story.ts";

/** Gives the address of a machine that ended to a node of another cluster. */
function inherited(cluster: SimCluster, address: string): SimStore {
  const theirs = new SimStore(cluster.world, "etcd");
  cluster.start({ name: address, region: "us", disk: new SimDisk(cluster.world), life: null, left: 0 }, theirs);
  return theirs;
}

function totalIn(store: SimStore): number {
  const ledger = decodeLedger(store.entries);
  return ledger ? Number(ledger.totals.sum) : 0;
}

/** Nodes of another cluster's ledger are told apart. They are neither collected nor handed any hit. */
describe("histories: a foreign node", () => {
  for (const hitsBefore of [0, 1]) {
    it(`an address that another cluster inherited is handed nothing (${hitsBefore} hits in an earlier life)`, async () => {
      const cluster = await begin(2);
      Object.assign(cluster.store, { discoveryApart: true, listsTheDead: true });
      const [first, second] = cluster.up();
      assert.ok(first && second);
      for (let i = 0; i < hitsBefore; i++) cluster.hit(first);
      cluster.hit(second);
      await cluster.run(3_000);
      cluster.kill(second);
      cluster.store.away = true;
      const theirs = inherited(cluster, second.name);
      await cluster.run(8_000);
      cluster.kill(first);
      cluster.start(first);
      await cluster.run(1_000);
      for (let i = 0; i < 7; i++) cluster.hit(first);
      cluster.drain(first);
      assert.ok(await cluster.until(() => first.life === null, 40_000));
      cluster.network.endpoints.delete(second.name);
      cluster.store.away = false;
      cluster.start(first);
      await endsExactly(cluster);
      assert.equal(totalIn(theirs), 0, "hits were counted by another cluster");
    });
  }

  it("an address that another cluster inherited is handed nothing by a node that knows no ledger yet", async () => {
    const cluster = await begin(2);
    Object.assign(cluster.store, { discoveryApart: true, listsTheDead: true });
    const [first, second] = cluster.up();
    assert.ok(first && second);
    cluster.hit(second);
    await cluster.run(3_000);
    for (const machine of [first, second]) cluster.kill(machine);
    cluster.store.away = true;
    const theirs = inherited(cluster, second.name);
    await cluster.run(8_000);
    // Its first offer would be to whatever ledger the receiver knows.
    const node = cluster.machine("new");
    cluster.start(node);
    for (let i = 0; i < 7; i++) cluster.hit(node);
    await cluster.run(1_000);
    cluster.drain(node);
    assert.ok(await cluster.until(() => node.life === null, 40_000));
    cluster.network.endpoints.delete(second.name);
    cluster.store.away = false;
    for (const machine of [first, node]) cluster.start(machine);
    await endsExactly(cluster);
    assert.equal(total(cluster), 8);
    assert.equal(totalIn(theirs), 0, "hits were counted by another cluster");
  });

  // Without a certificate, the leader that it knocks at would not dial it, and it would not obey that leader.
  for (const certificates of ["without", "with"])
    it(`a knock is for one node: a new node does not join the cluster that inherited our leader's address (${certificates} certificates)`, async () => {
      const cluster = await begin(1);
      cluster.network.authenticates = certificates === "with";
      const [leader] = cluster.up();
      assert.ok(leader);
      cluster.hit(leader);
      await cluster.run(3_000);
      cluster.store.away = true;
      cluster.kill(leader);
      const theirs = inherited(cluster, leader.name);
      const node = cluster.machine("new");
      cluster.start(node);
      await cluster.run(10_000);
      for (let i = 0; i < 5; i++) cluster.hit(node);
      // The store goes away again before the new node can ask it who leads.
      cluster.network.dialled = (address) => {
        cluster.store.away ||= address === `${node.name}:1`;
      };
      cluster.store.away = false;
      // As etcd does when it starts again.
      assert.ok(cluster.store.leader);
      cluster.store.leader.renewedAt = cluster.world.now;
      await cluster.run(2_000);
      cluster.network.dialled = () => {};
      cluster.store.away = false;
      assert.ok(await cluster.until(() => total(cluster) === 6, 60_000), "its hits were not counted here");
      assert.equal(totalIn(theirs), 0, "hits were counted by another cluster");
    });

  it("a node that knows another ledger stays for long: silent sources still end", async () => {
    const retention = { ...SETTINGS.leader.retention, silence: 5_000 };
    const cluster = new SimCluster(1, "etcd", { settings: { ...SETTINGS, leader: { ...SETTINGS.leader, retention } } });
    const [first, second, foreign] = ["first", "second", "foreign"].map((name) => cluster.machine(name));
    assert.ok(first && second && foreign?.disk);
    cluster.start(first);
    cluster.start(second);
    await cluster.run(5_000);
    for (const machine of [first, second]) cluster.hit(machine);
    await cluster.run(2_000);
    foreign.disk.recordKnownLedger({ id: "ffffffffffffffff", version: 5, writer: "somebody" });
    cluster.start(foreign);
    cluster.kill(cluster.leader() === first ? second : first);
    const ended = () => decodeLedger(cluster.store.entries)?.ended.size === 1;
    assert.ok(await cluster.until(ended, 20_000), "a foreign node keeps silent sources from ending");
  });

  it("H15: at a known address there is a node of another cluster: it is told apart and not collected", async () => {
    const cluster = await begin(3);
    const stranger = cluster.machine("stranger");
    stranger.disk?.recordKnownLedger({ id: "dddddddddddddddd", version: 7, writer: "" });
    cluster.start(stranger);
    await cluster.run(500);
    cluster.hit(stranger, "votes", 5);
    await cluster.run(4_000);
    assert.equal(total(cluster), 0);
    assert.equal(stranger.life?.node.statistics().pending, 5);
    const rows = leaderOf(cluster).life?.node.cluster().nodes ?? [];
    assert.equal(rows.find(({ name }) => name === "stranger")?.state, "foreign");
  });
});
