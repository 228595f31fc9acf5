import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import {
  begin,
  elections,
  endsExactly,
  followersOf,
  hitEverywhere,
  KINDS,
  leaderOf,
  ledgerOf,
  total,
} from "./story.ts";

/** A leader that leads long enough to be taken over. */
async function beginOld(...parameters: Parameters<typeof begin>): Promise<SimCluster> {
  const cluster = await begin(...parameters);
  await cluster.run(12_000);
  return cluster;
}

/** Milliseconds until the next commit, which must come within `limit`. */
async function nextCommit(cluster: SimCluster, limit: number): Promise<number> {
  const { version } = ledgerOf(cluster);
  const start = cluster.world.now;
  assert.ok(await cluster.until(() => ledgerOf(cluster).version > version, limit), `no commit in ${limit} ms`);
  return cluster.world.now - start;
}

/** Breaks the leader's stream to `node` once. */
function breakStream(cluster: SimCluster, node: Machine): void {
  cluster.network.dropBetween(leaderOf(cluster).name, node.name);
}

/** A dead process is replaced at once, and one that lives is left alone. */
describe("histories: a take-over", () => {
  for (const kind of KINDS) {
    for (const count of [2, 3, 7]) {
      it(`(${kind}, ${count} nodes) the leader is killed: the next commit comes within a second`, async () => {
        for (let seed = 1; seed <= 10; seed++) {
          const cluster = await beginOld(count, kind, seed);
          hitEverywhere(cluster, 8_000, 50);
          await cluster.run(1_000 + 97 * seed);
          cluster.kill(leaderOf(cluster));
          await nextCommit(cluster, 1_000);
          await cluster.run(5_000);
          assert.equal(elections(cluster), 2);
          await endsExactly(cluster);
        }
      });
    }

    it(`(${kind}) the leader's machine loses power: its lease runs out first`, async () => {
      const cluster = await beginOld(3, kind);
      hitEverywhere(cluster, 8_000, 50);
      cluster.losePower(leaderOf(cluster));
      assert.ok((await nextCommit(cluster, 6_000)) > 1_800);
    });

    it(`H57 (${kind}): a follower is refused, the lease runs out, and another node leads: that one keeps the key`, async () => {
      const cluster = await beginOld(3, kind);
      const leader = leaderOf(cluster);
      const [slow] = followersOf(cluster);
      cluster.kill(leader);
      cluster.pause(slow);
      await cluster.until(() => elections(cluster) === 2, 8_000);
      cluster.wake(slow);
      await cluster.run(6_000);
      assert.equal(elections(cluster), 2);
      await endsExactly(cluster);
    });

    it(`(${kind}) the leader's process starts again under its old id: it leads again at once`, async () => {
      for (let seed = 1; seed <= 12; seed++) {
        const cluster = await begin(1, kind, seed);
        cluster.pods = true;
        const [only] = cluster.up() as [Machine];
        cluster.kill(only);
        cluster.start(only);
        // The id of this first life is not the pod's: its lease has to run out.
        assert.ok(await cluster.until(() => cluster.leader() === only, 10_000), "no leader");
        cluster.kill(only);
        cluster.start(only);
        cluster.hit(only);
        await nextCommit(cluster, 700);
        await endsExactly(cluster);
      }
    });
  }

  it("H58: one node's way to the leader is refused and its stream breaks: the others hear the leader, and it leads on", async () => {
    const cluster = await beginOld(4);
    const leader = leaderOf(cluster);
    const [node] = followersOf(cluster);
    cluster.network.refused.add(`${node.name} ${leader.name}`);
    breakStream(cluster, node);
    hitEverywhere(cluster, 8_000, 50);
    await cluster.run(9_000);
    assert.equal(elections(cluster), 1);
    cluster.network.refused.clear();
    await endsExactly(cluster);
  });

  it("a node that reaches nobody is itself cut off: it does not take over", async () => {
    const cluster = await beginOld(4);
    const leader = leaderOf(cluster);
    const [node] = followersOf(cluster);
    for (const { name } of cluster.up()) cluster.network.refused.add(`${node.name} ${name}`);
    cluster.network.refused.add(`${leader.name} ${node.name}`);
    breakStream(cluster, node);
    await cluster.run(2_000);
    assert.equal(elections(cluster), 1);
    cluster.network.refused.clear();
    await endsExactly(cluster);
  });

  it("H59: a young epoch is not taken over: its lease runs out first", async () => {
    const cluster = await beginOld(3);
    hitEverywhere(cluster, 10_000, 50);
    cluster.kill(leaderOf(cluster));
    await nextCommit(cluster, 1_000);
    await cluster.run(2_000);
    cluster.kill(leaderOf(cluster));
    assert.ok((await nextCommit(cluster, 8_000)) > 1_800);
  });

  it("the one that took over cannot reach a node that reaches it: it makes way, and takes over no more until it reaches that node", async () => {
    const cluster = await beginOld(3, "etcd", 1, { tracing: true });
    const leader = leaderOf(cluster);
    const [node, other] = followersOf(cluster);
    cluster.network.refused.add(`${node.name} ${leader.name}`);
    cluster.network.cut(leader.name, other.name);
    await cluster.run(6_000);
    breakStream(cluster, node);
    hitEverywhere(cluster, 20_000, 50);
    const epochs = () => cluster.world.trace.filter((line) => line.includes("taking over")).length;
    await cluster.run(25_000);
    assert.equal(epochs(), 1);
    assert.ok(cluster.world.trace.some((line) => line.includes("it took over, and cannot reach")));
    cluster.network.refused.clear();
    cluster.network.heal();
    await endsExactly(cluster);
    assert.ok(total(cluster) > 0);
  });
});
