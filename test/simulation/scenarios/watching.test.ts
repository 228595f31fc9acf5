import assert from "node:assert/strict";
import type { NodeRow } from "../../../internal/core/cluster/cluster_view.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { begin, endsExactly, followersOf, hitEverywhere, leaderOf } from "./story.ts";

const ROUND = 1_000;

/** A cluster of three nodes with 1, 2 and 4 open pages. Every node knows that. */
async function watched(): Promise<SimCluster> {
  const cluster = await begin(3);
  for (const [at, { life }] of cluster.up().entries()) life?.node.watched(2 ** at);
  assert.ok(await cluster.until(() => everyoneSees(cluster, 7), 2 * ROUND + 200));
  return cluster;
}

function everyoneSees(cluster: SimCluster, pages: number): boolean {
  return cluster.up().every(({ life }) => {
    if (!life || life.process.paused) return true;
    const { active, nodes } = life.node.cluster();
    return active === pages && nodes.reduce((sum, row) => sum + row.active, 0) === pages;
  });
}

function rowOf(cluster: SimCluster, { life }: Machine): NodeRow | undefined {
  return leaderOf(cluster)
    .life?.node.cluster()
    .nodes.find(({ id }) => id === life?.node.nodeId);
}

function pagesOf({ life }: Machine): number {
  return life?.node.statistics().active ?? 0;
}

/** What pages show of open pages, of a node's own hits and of hits by second agrees with what happened. */
describe("histories: open pages", () => {
  it("are gone two rounds after their node was killed, the leader too", async () => {
    for (const victimOf of [(cluster: SimCluster) => followersOf(cluster)[0], leaderOf]) {
      const cluster = await watched();
      const victim = victimOf(cluster);
      const left = 7 - pagesOf(victim);
      cluster.kill(victim);
      assert.ok(
        await cluster.until(() => everyoneSees(cluster, left), 2 * ROUND + 200),
        `${victim.name} is still seen`,
      );
      await cluster.run(10 * ROUND);
      assert.ok(everyoneSees(cluster, left), "they came back");
    }
  });

  it("are gone while their node hangs, and there again when it wakes up", async () => {
    const cluster = await watched();
    const [hanging] = followersOf(cluster);
    cluster.pause(hanging);
    const left = 7 - pagesOf(hanging);
    assert.ok(await cluster.until(() => everyoneSees(cluster, left), 3 * ROUND + 200));
    assert.ok(await cluster.until(() => rowOf(cluster, hanging)?.state === "lagging", 3 * ROUND));
    cluster.wake(hanging);
    assert.ok(await cluster.until(() => everyoneSees(cluster, 7), 3 * ROUND));
  });
});

describe("histories: what a node's life committed", () => {
  it("is all that it acknowledged when nothing is pending, and begins anew with the next life", async () => {
    const cluster = await begin(3);
    hitEverywhere(cluster, 2 * ROUND);
    await cluster.run(2 * ROUND);
    const settled = () =>
      cluster.up().every(({ life }) => {
        const { accepted = 0, committed = 0, pending = 1 } = life?.node.statistics() ?? {};
        return pending === 0 && accepted === committed && accepted > 0;
      });
    assert.ok(await cluster.until(settled, 3 * ROUND));
    const [victim] = followersOf(cluster);
    cluster.hit(victim);
    cluster.kill(victim);
    cluster.start(victim);
    await cluster.run(5 * ROUND);
    assert.deepEqual(
      [victim.life?.node.statistics().accepted, victim.life?.node.statistics().committed],
      [0, 0],
      "what an earlier life left behind is not this one's",
    );
    assert.equal(rowOf(cluster, victim)?.committed, 0);
  });
});

describe("histories: hits by second", () => {
  it("come to the total, also over an outage of the store, on every node", async () => {
    const cluster = await begin(3);
    // A node does not know all hits of the second in which it heard its first snapshot.
    await cluster.run(2 * ROUND);
    hitEverywhere(cluster, 20 * ROUND);
    await cluster.run(5 * ROUND);
    cluster.store.away = true;
    await cluster.run(8 * ROUND);
    cluster.store.away = false;
    await cluster.run(20 * ROUND);
    const hits = cluster.accounts.acknowledged.get("visits") ?? 0;
    for (const { life, name } of cluster.up()) {
      const history = life?.node.history("visits").hits ?? [];
      const sum = history.reduce((all, by) => all + by, 0);
      assert.ok(Math.abs(sum - hits) < 0.001, `${name} has ${sum} of ${hits} hits`);
      assert.ok(Math.max(...history) < 400, `an outage is no peak: ${history.map(Math.round)}`);
    }
  });

  it("a leader that does not know yet what a node holds tells totals with its hits: no page shows them twice", async () => {
    const cluster = await begin(3);
    const [follower] = followersOf(cluster);
    cluster.network.alter = (address, message) => (address === follower.name ? { ...message, sources: [] } : message);
    hitEverywhere(cluster, 2_000, 50);
    await cluster.run(4_000);
    cluster.network.alter = (_, message) => message;
    await endsExactly(cluster);
  });
});
