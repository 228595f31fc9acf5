import assert from "node:assert/strict";
import type { ClusterView, NodeRow } from "../../../internal/core/cluster/cluster_view.ts";
import { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { begin, leaderOf } from "./story.ts";

function viewOf({ life }: Machine): ClusterView {
  assert.ok(life);
  return life.node.cluster();
}

function ownRow(machine: Machine): NodeRow | undefined {
  return viewOf(machine).nodes.find(({ id }) => id === machine.life?.node.nodeId);
}

/** A node always tells what it knows of itself, also before it has heard a leader. */
describe("histories: what a node knows of itself", () => {
  it("is shown before it has reached its store: that it counts, and what is pending", async () => {
    const cluster = new SimCluster(1, "etcd");
    cluster.store.away = true;
    const alone = cluster.machine("alone");
    cluster.start(alone);
    for (let hits = 0; hits < 7; hits++) cluster.hit(alone);
    await cluster.run(5_000);
    assert.deepEqual([viewOf(alone).leader, viewOf(alone).ledger], [null, null]);
    const { name, region, url, state, hits, committed, pending, heardAt } = ownRow(alone) ?? {};
    assert.deepEqual([name, region, url, state], ["alone", "eu", "http://alone", "counting"]);
    assert.deepEqual([hits, committed, pending, heardAt], [7, 0, 7, alone.life?.clock.wall()]);
    cluster.drain(alone);
    assert.equal(ownRow(alone)?.state, "draining");
  });

  it("is as of now while it hears no leader, and nobody is called the leader any more: of none that fell silent, nor of the store", async () => {
    const cluster = await begin(3);
    cluster.store.away = true;
    await cluster.run(20_000);
    for (const machine of cluster.up()) {
      const { leader, store, storeDetail } = viewOf(machine);
      assert.deepEqual([leader, store, storeDetail], [null, "away", "the store does not answer"]);
      assert.equal(ownRow(machine)?.heardAt, machine.life?.clock.wall());
    }
    cluster.store.away = false;
    assert.ok(await cluster.until(() => cluster.up().every((machine) => viewOf(machine).leader !== null), 20_000));
    assert.deepEqual(new Set(cluster.up().map((machine) => viewOf(machine).store)), new Set(["ok"]));
  });

  it("is whether it leads: not any more from the moment on at which it stops", async () => {
    const cluster = await begin(2);
    const leader = leaderOf(cluster);
    const [other] = cluster.up().filter((machine) => machine !== leader);
    assert.ok(other && leader.life);
    const { node } = leader.life;
    cluster.drain(leader);
    assert.ok(await cluster.until(() => !node.statistics().leading, 20_000));
    assert.notEqual(node.cluster().leader, node.nodeId);
    // Its last message may be lost with its connection.
    assert.ok(await cluster.until(() => viewOf(other).leader !== node.nodeId, 3_100));
  });
});

describe("histories: what nodes say while one leader follows another", () => {
  it("is who leads, or that nobody does; not that a ledger is founded, where there is one", async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = await begin(3, "etcd", seed);
      const old = leaderOf(cluster);
      const oldId = old.life?.node.nodeId;
      cluster.kill(old);
      const said = new Map(cluster.up().map((machine): [Machine, string[]] => [machine, []]));
      const look = () => {
        for (const [machine, words] of said) {
          const { leader, store } = viewOf(machine);
          const now = `${leader === oldId ? "the old one" : (leader ?? "nobody")} leads, ${store}`;
          if (words.at(-1) !== now) words.push(now);
        }
        return false;
      };
      await cluster.until(look, 10_000);
      const newId = leaderOf(cluster).life?.node.nodeId;
      for (const words of said.values())
        assert.deepEqual(words, ["the old one leads, ok", "nobody leads, ok", `${newId} leads, ok`], `seed ${seed}`);
    }
  });
});
