import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { acknowledged, begin, FORGETFUL, followersOf, forgetEnded, leaderOf, ledgerOf, total } from "./story.ts";

function hit(cluster: SimCluster, machine: Machine, times: number): void {
  for (let i = 0; i < times; i++) cluster.hit(machine);
}

/** Two hits that only the others have seen committed are gone with a restore, and the rest is adopted. */
async function loseAndAdopt(cluster: SimCluster, seenBy: Machine): Promise<void> {
  hit(cluster, seenBy, 2);
  await cluster.run(3_000);
  // The leader keeps its key, so that no node that is cut off can lead meanwhile.
  const { leader } = cluster.store;
  cluster.store.restore();
  cluster.store.leader = leader;
  hit(cluster, seenBy, 1);
  assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 20_000), "the loss was not reported");
  assert.ok(await cluster.adopt());
  await cluster.run(3_000);
}

/** For one round and a half nothing that is offered is committed. */
async function offerInVain(cluster: SimCluster): Promise<void> {
  const { store } = cluster;
  const write = store.write.bind(store);
  store.write = (revision, ...rest) => write(revision - 1, ...rest);
  await cluster.run(1_500);
  store.write = write;
}

function statisticsOf({ life }: Machine): { pending: number; indeterminate: number } {
  const { pending = -1, indeterminate = -1 } = life?.node.statistics() ?? {};
  return { pending, indeterminate };
}

describe("histories: logs that a leader does not count", () => {
  for (const offered of [false, true])
    it(`a node is cut off with ${offered ? "offered" : "new"} hits while the store is restored and forgets: what comes after is counted, what is not is reported`, async () => {
      for (let seed = 1; seed <= 5; seed++) {
        const cluster = await begin(3, "etcd", seed, { retention: FORGETFUL, tracing: true });
        const [node, other] = followersOf(cluster);
        hit(cluster, node, 5);
        await cluster.run(3_000);
        cluster.store.saveBackup();
        hit(cluster, node, 3);
        if (offered) await offerInVain(cluster);
        for (const name of cluster.machines.keys()) if (name !== node.name) cluster.network.cut(name, node.name);
        await loseAndAdopt(cluster, other);
        await forgetEnded(cluster);
        cluster.network.heal();
        await cluster.run(6_000);
        hit(cluster, node, 20);
        await cluster.run(10_000);
        const uncounted = acknowledged(cluster) - 2 - total(cluster);
        assert.equal(uncounted, offered ? 3 : 0);
        assert.deepEqual(statisticsOf(node), { pending: 0, indeterminate: uncounted });
        assert.equal(statisticsOf(leaderOf(cluster)).pending, 0);
        for (const [name, what] of [
          [node.name, "hits cannot be counted"],
          [leaderOf(cluster).name, `a node holds hits that cannot be counted.*"node":"${node.name}","hits":3`],
        ])
          assert.equal(
            cluster.world.trace.some((line) => new RegExp(`${name} .*${what}`).test(line)),
            offered,
            `what ${name} says`,
          );
      }
    });

  it("visitors wait on that node: those whose hits go on in a log of their own are told when they are committed, the others never", async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = await begin(3, "etcd", seed, { retention: FORGETFUL });
      const [node, other] = followersOf(cluster);
      hit(cluster, node, 5);
      await cluster.run(3_000);
      cluster.store.saveBackup();
      cluster.hit(node, "visits", 3, 200_000);
      await offerInVain(cluster);
      for (const name of cluster.machines.keys()) if (name !== node.name) cluster.network.cut(name, node.name);
      await loseAndAdopt(cluster, other);
      await forgetEnded(cluster);
      for (let i = 0; i < 4; i++) cluster.hit(node, "votes", 2, 200_000);
      await cluster.run(100);
      cluster.network.heal();
      await cluster.run(10_000);
      assert.equal(cluster.accounts.waits.yes, 4, "not everyone whose hits are committed was told");
      await cluster.run(200_000);
      assert.equal(cluster.accounts.waits.no, 1);
      cluster.accounts.checkPages();
    }
  });

  it("a node that handed its log over is started again when the ledger has counted and forgotten it: its hits are reported, not pending for ever", async () => {
    const cluster = await begin(3, "etcd", 1, { retention: FORGETFUL });
    const [node, other] = followersOf(cluster);
    hit(cluster, node, 5);
    await cluster.run(3_000);
    cluster.store.saveBackup();
    await loseAndAdopt(cluster, other);
    cluster.store.away = true;
    hit(cluster, node, 332);
    await cluster.run(4_000);
    cluster.drain(node);
    assert.ok(await cluster.until(() => node.life === null, 30_000));
    cluster.store.away = false;
    assert.ok(await cluster.until(() => total(cluster) === acknowledged(cluster) - 2, 30_000));
    await forgetEnded(cluster);
    assert.ok(ledgerOf(cluster).ended.size === 0);
    cluster.start(node);
    await cluster.run(10_000);
    assert.deepEqual(statisticsOf(node), { pending: 0, indeterminate: 332 });
    hit(cluster, node, 7);
    await cluster.run(5_000);
    assert.deepEqual(statisticsOf(node), { pending: 0, indeterminate: 332 });
    assert.equal(total(cluster), acknowledged(cluster) - 2);
  });
});
