import assert from "node:assert/strict";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { SimCluster } from "../cluster.ts";
import type { Life } from "../machine.ts";
import { SimStore } from "../sim_store.ts";
import { acknowledged, begin, elections, endsExactly, followersOf, hitEverywhere, leaderOf, total } from "./story.ts";

/**
 * In pods, where restarted processes keep their id and dead pods stay listed, nothing is lost and a leader is found.
 */
describe("histories: pods", () => {
  it("containers are restarted in their pods, where every process has the pod's id", async () => {
    for (let seed = 0; seed < 12; seed++) {
      const cluster = new SimCluster(seed, "etcd");
      cluster.pods = true;
      for (const name of ["a", "b", "c"]) cluster.start(cluster.machine(name));
      hitEverywhere(cluster, 12_000, 30);
      for (let restart = 0; restart < 8; restart++) {
        await cluster.run(1_000 + 100 * seed);
        const machine = restart % 2 === 0 ? leaderOf(cluster) : followersOf(cluster)[0];
        cluster.kill(machine);
        await cluster.run(cluster.world.random.between(10, 400));
        cluster.start(machine);
        assert.ok(await cluster.until(() => cluster.leader() !== undefined, 15_000), "nobody leads");
      }
      // The last hits have their round.
      await cluster.run(3_000);
      await endsExactly(cluster);
    }
  });

  it("a container is restarted: the leader goes on with it as soon as it knocks", async () => {
    const cluster = new SimCluster(1, "etcd");
    cluster.pods = true;
    cluster.store.listsTheDead = true;
    for (const name of ["a", "b"]) cluster.start(cluster.machine(name));
    await cluster.run(5_000);
    const other = cluster.up().find((machine) => machine !== cluster.leader());
    assert.ok(other);
    // So long that the leader then tries only every few seconds.
    for (let away = 4_000; away < 9_500; away += 700) {
      cluster.kill(other);
      await cluster.run(away);
      cluster.start(other);
      const isHeard = () => other.life?.node.cluster().ledger !== null;
      assert.ok(await cluster.until(isHeard, 2_000), `not heard in time after ${away} ms`);
    }
  });

  for (const [listed, dead, most] of [
    [2, 1, 0],
    [3, 2, 4],
  ] as const) {
    it(`${dead} of ${listed} nodes die with their machines, and their pods stay listed: the one that is left leads on`, async () => {
      const cluster = await begin(listed);
      cluster.store.listsTheDead = true;
      const leader = leaderOf(cluster);
      for (const machine of cluster.up()) if (machine !== leader) cluster.kill(machine);
      const before = elections(cluster);
      for (let second = 0; second < 300; second++) {
        await cluster.run(1_000);
        cluster.hit(leader);
      }
      assert.ok(elections(cluster) - before <= most, `${elections(cluster) - before} elections in five minutes`);
      cluster.store.listsTheDead = false;
      await endsExactly(cluster);
    });
  }

  it("the API is away when the leader dies: the next one goes on with those that it heard of, itself included", async () => {
    const cluster = await begin(3);
    cluster.store.undiscoverable = true;
    cluster.kill(leaderOf(cluster));
    hitEverywhere(cluster, 1_000);
    assert.ok(await cluster.until(() => cluster.leader() !== undefined, 10_000));
    await cluster.run(2_500);
    assert.equal(total(cluster), acknowledged(cluster));
    const states = leaderOf(cluster)
      .life?.node.cluster()
      .nodes.map(({ state }) => state);
    assert.deepEqual(states?.sort(), ["counting", "counting", "unreachable"]);
    cluster.store.undiscoverable = false;
    await endsExactly(cluster);
  });

  it("the API is away when a node joins: it knocks, and stays", async () => {
    const cluster = await begin(2);
    cluster.network.authenticates = true;
    cluster.store.undiscoverable = true;
    const life = cluster.start(cluster.machine("new"));
    await cluster.run(8_000);
    for (let second = 0; second < 90; second++) {
      await cluster.run(1_000);
      const silence = life?.node.cluster().leaderSilence ?? Number.POSITIVE_INFINITY;
      assert.ok(silence < 2_000, `silent for ${silence} ms after ${second} s`);
    }
    cluster.store.undiscoverable = false;
    await endsExactly(cluster);
  });

  it("the API is away from the start: no ledger is created before it says who else there is", async () => {
    const cluster = new SimCluster(1, "etcd");
    cluster.store.undiscoverable = true;
    for (const name of ["a", "b"]) cluster.start(cluster.machine(name));
    hitEverywhere(cluster, 5_000);
    await cluster.run(15_000);
    assert.ok(decodeLedger(cluster.store.entries) === null, "a ledger was created");
    assert.equal(leaderOf(cluster).life?.node.cluster().store, "founding");
    cluster.store.undiscoverable = false;
    await endsExactly(cluster);
  });

  // Without a certificate, it would obey no leader that it cannot find in its own store.
  for (const certificates of ["without", "with"])
    it(`an address goes to a node of another cluster, which knows no ledger yet: its hits are not counted here (${certificates} certificates)`, async () => {
      const cluster = await begin(2);
      cluster.network.authenticates = certificates === "with";
      const [dead, elsewhere] = [
        cluster.up().find((machine) => machine !== cluster.leader()),
        new SimStore(cluster.world, "etcd"),
      ];
      assert.ok(dead);
      cluster.kill(dead);
      elsewhere.away = true;
      const stranger = cluster.start(cluster.machine(dead.name), elsewhere);
      hitOnce(stranger);
      await cluster.run(6_000);
      assert.equal(total(cluster), 0);
      const rows = leaderOf(cluster).life?.node.cluster().nodes;
      assert.equal(rows?.find(({ name }) => name === dead.name)?.state, "unreachable");
      elsewhere.away = false;
      await cluster.run(6_000);
      assert.equal(stranger?.node.read("visits")?.committed, 1n);
      assert.equal(total(cluster), 0);
    });

  it("another cluster's leader, of a later epoch of its own, dials a node: it is foreign there, and goes on here", async () => {
    const cluster = await begin(2);
    const [first, second] = [leaderOf(cluster), cluster.up().find((machine) => machine !== leaderOf(cluster))];
    cluster.store.revision += 1_000;
    cluster.kill(first);
    assert.ok(await cluster.until(() => cluster.leader() === second, 10_000));
    const leader = second?.life?.node;
    const stranger = cluster.start(cluster.machine("stranger"), new SimStore(cluster.world, "etcd"));
    await cluster.run(5_000);
    assert.ok(leader && stranger);
    const { nodeId: id, name } = stranger.node;
    assert.ok(
      leader.announce({ id, name, region: "eu", peerAddress: `${name}:1`, url: `http://${name}` }, leader.nodeId, true),
    );
    const stateThere = () => leader.cluster().nodes.find((row) => row.id === id)?.state;
    assert.ok(await cluster.until(() => stateThere() === "foreign", 5_000));
    hitOnce(stranger);
    await cluster.run(3_000);
    assert.equal(stranger.node.read("visits")?.committed, 1n);
    assert.equal(total(cluster), 0);
  });
});

describe("histories: a ledger that is noted outside of the store", () => {
  it("is not created anew, though no node is left that knows it; adopting goes on", async () => {
    const cluster = new SimCluster(1, "etcd");
    cluster.recordedLedger = "0123456789abcdef";
    for (const name of ["a", "b"]) cluster.start(cluster.machine(name));
    hitEverywhere(cluster, 3_000);
    await cluster.run(10_000);
    assert.ok(decodeLedger(cluster.store.entries) === null, "a ledger was created");
    const { store, storeDetail } = leaderOf(cluster).life?.node.cluster() ?? {};
    assert.equal(store, "lost");
    assert.match(storeDetail ?? "", /no ledger.*the cluster's record names ledger 0123456789abcdef.*adopt/);
    assert.ok(await cluster.adopt());
    await cluster.run(5_000);
    assert.equal(total(cluster), acknowledged(cluster));
    assert.ok(total(cluster) > 0);
  });

  it("is gone on with while the store has it, or one that came after it", async () => {
    const cluster = await begin(2);
    cluster.recordedLedger = decodeLedger(cluster.store.entries)?.id ?? null;
    hitEverywhere(cluster, 6_000);
    cluster.kill(leaderOf(cluster));
    await cluster.run(8_000);
    assert.equal(total(cluster), acknowledged(cluster));
    await endsExactly(cluster);
  });
});

/** Bypasses the accounts, because this is not the cluster's own hit. */
function hitOnce(life: Life | null): void {
  life?.node.hit("visits", 1, ({ accepted }) => assert.ok(accepted));
}
