import assert from "node:assert/strict";
import type { ClusterView, NodeRow } from "../../../internal/core/cluster_view.ts";
import { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";

function viewOf({ life }: Machine): ClusterView {
  assert.ok(life);
  return life.node.cluster();
}

function ownRow(machine: Machine): NodeRow | undefined {
  return viewOf(machine).nodes.find(({ id }) => id === machine.life?.node.nodeId);
}

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
});
