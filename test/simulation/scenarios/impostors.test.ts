import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import { impersonateLeader } from "../impostor.ts";
import type { Machine } from "../machine.ts";
import { begin, endsExactly, followersOf, KINDS, leaderOf, ledgerOf, total } from "./story.ts";

/** A claim to lead with `epoch`, by somebody who knows everything else about the cluster. */
function claim(cluster: SimCluster, epoch: number, leader = "ffffffffffffffff") {
  const { id, version, sources } = ledgerOf(cluster);
  return { leader, epoch, ledger: { id, version }, sources: [...sources.keys()] };
}

function hit(cluster: SimCluster, machine: Machine, times: number): void {
  for (let i = 0; i < times; i++) cluster.hit(machine);
}

function epochOf(cluster: SimCluster): number {
  return leaderOf(cluster).life?.node.cluster().epoch ?? 0;
}

/** A node obeys a leader only if the leader key names it. */
describe("histories: somebody claims to lead", () => {
  for (const kind of KINDS) {
    for (const ahead of [1, 2 ** 53 - 1]) {
      it(`with epoch ${ahead === 1 ? "1 later" : ahead} (${kind}): no hit is forgotten, and the leader goes on`, async () => {
        const cluster = await begin(3, kind);
        const [node] = followersOf(cluster);
        hit(cluster, node, 5);
        await cluster.run(2_500);
        hit(cluster, node, 7);
        const replies = impersonateLeader(cluster, node, claim(cluster, ahead === 1 ? epochOf(cluster) + 1 : ahead));
        await cluster.run(700);
        assert.deepEqual(replies, [], "the node replied");
        assert.equal(Number(node.life?.node.read("visits")?.value), 12);
        await endsExactly(cluster);
        assert.equal(cluster.store.elections, 1);
      });
    }
  }

  it("with the epoch that leads, under another name: it is refused", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    hit(cluster, node, 5);
    await cluster.run(2_500);
    hit(cluster, node, 7);
    const replies = impersonateLeader(cluster, node, claim(cluster, epochOf(cluster)));
    await cluster.run(2_000);
    assert.deepEqual(replies, []);
    await endsExactly(cluster);
  });

  it("to a node that has just started, while the store does not answer: it is refused, and counting goes on", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    hit(cluster, node, 5);
    await cluster.run(2_500);
    cluster.store.away = true;
    cluster.kill(node);
    cluster.start(node);
    hit(cluster, node, 7);
    const replies = impersonateLeader(cluster, node, claim(cluster, 2 ** 53 - 1));
    await cluster.run(4_000);
    assert.deepEqual(replies, []);
    cluster.store.away = false;
    await endsExactly(cluster);
  });
});

/** Counting goes on while a node cannot ask the store who leads. */
describe("histories: a node that cannot reach the store", () => {
  it("follows the leader that it found in the key before, also on a new stream", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    cluster.store.cutOff.add(node.name);
    cluster.network.cut(node.name, leaderOf(cluster).name);
    await cluster.run(7_000);
    hit(cluster, node, 4);
    cluster.network.heal();
    assert.ok(await cluster.until(() => total(cluster) === 4, 15_000), "the leader was not followed");
  });

  it("follows a new leader that shows a certificate", async () => {
    const cluster = await begin(3);
    cluster.network.authenticates = true;
    const [node] = followersOf(cluster);
    cluster.store.cutOff.add(node.name);
    cluster.kill(leaderOf(cluster));
    hit(cluster, node, 4);
    assert.ok(await cluster.until(() => total(cluster) === 4, 20_000), "the new leader was not followed");
  });

  it("does not follow a new leader without a certificate before the store answers, and loses nothing", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    const leader = leaderOf(cluster);
    cluster.store.cutOff.add(node.name);
    cluster.kill(leader);
    hit(cluster, node, 4);
    await cluster.run(20_000);
    assert.equal(total(cluster), 0);
    hit(cluster, node, 3);
    cluster.store.cutOff.clear();
    cluster.start(leader);
    assert.ok(await cluster.until(() => total(cluster) === 7, 15_000), "the leader was not followed in the end");
    await endsExactly(cluster);
  });
});
