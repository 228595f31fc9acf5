import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import { heal } from "../history.ts";
import type { Machine } from "../machine.ts";
import { begin, hitEverywhere, KINDS, total } from "./story.ts";

/** A store that has lost its data is noticed before anything is written to it. After a person has adopted what is left, each hit that a node holds counts once. */
describe("histories: a lost store", () => {
  for (const kind of KINDS) {
    it(`H14, H35 (${kind}): a wiped or restored store: pages stand still, a person adopts, and everything held is counted`, async () => {
      for (const loss of ["wiped", "restored"] as const) {
        const cluster = await begin(3, kind);
        cluster.store.saveBackup();
        hitEverywhere(cluster, 12_000, 100);
        await cluster.run(3_000);
        if (loss === "wiped") cluster.store.wipe();
        else cluster.store.restore();
        const committed = total(cluster);
        const heads = cluster.store.entries.has("head");
        assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "the loss was not reported");
        cluster.accounts.checkPages();
        assert.equal(total(cluster), committed, "a leader wrote to a lost ledger");
        assert.equal(cluster.store.entries.has("head"), heads, "a leader created a ledger although nodes know one");
        await cluster.run(5_000);
        const rows = cluster.leader()?.life?.node.cluster().nodes ?? [];
        assert.deepEqual(
          new Set(rows.map(({ state }) => state)),
          new Set(["counting"]),
          "who is not asked is not unreachable",
        );
        assert.ok(await cluster.adopt());
        await cluster.run(5_000);
        assert.ok(total(cluster) > committed, "nothing is counted after the adoption");
        for (const { life } of cluster.up()) assert.ok((life?.node.statistics().pending ?? 0) < 100, "stuck");
      }
    });
  }

  /** A node is killed, and the store restored to a version that is newer than the node's own note of the ledger: its log alone knows more. */
  async function restoreUnderDeadNode(): Promise<[SimCluster, Machine]> {
    const cluster = await begin(1);
    const [node] = cluster.up();
    assert.ok(node?.disk);
    hitEverywhere(cluster, 9_500, 20);
    await cluster.run(4_000);
    cluster.store.saveBackup();
    await cluster.run(5_000);
    cluster.kill(node);
    assert.ok((node.disk.knownLedger()?.version ?? 99) < 4, "the story needs an old note of the newest ledger");
    cluster.store.restore();
    return [cluster, node];
  }

  it("a store restored while no node runs: what a journal offers shows it", async () => {
    const [cluster, node] = await restoreUnderDeadNode();
    cluster.start(node);
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "the loss was not reported");
    await heal(cluster);
    cluster.accounts.checkLedger(cluster.store);
    assert.deepEqual(statisticsOf(node), { pending: 0, indeterminate: 0 });
  });

  it("what a journal offers showed a loss, and its node is cut off: nobody commits", async () => {
    const [cluster, node] = await restoreUnderDeadNode();
    const other = cluster.machine("other");
    cluster.start(other);
    assert.ok(await cluster.until(() => other.life?.node.statistics().leading === true, 20_000));
    cluster.start(node);
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "the loss was not reported");
    cluster.network.cut(node.name, other.name);
    const found = total(cluster);
    for (let i = 0; i < 10; i++) {
      cluster.hit(other);
      await cluster.run(500);
    }
    assert.equal(other.life?.node.cluster().store, "lost");
    assert.equal(total(cluster), found, "a leader wrote to a lost ledger");
    cluster.network.heal();
    assert.ok(await cluster.adopt());
    await cluster.run(5_000);
    assert.equal(other.life?.node.statistics().pending, 0);
  });

  it("a store restored while a node slept, and written by 40 leaders since: what it offers next shows it", async () => {
    const cluster = await begin(1);
    cluster.store.saveBackup();
    const [sleeper] = cluster.up();
    assert.ok(sleeper);
    hitEverywhere(cluster, 4_500, 50);
    await cluster.run(3_000);
    cluster.store.full = true;
    await cluster.run(1_500);
    cluster.pause(sleeper);
    Object.assign(cluster.store, { full: false, leader: null });
    cluster.store.restore();
    const fresh = cluster.machine("fresh");
    cluster.start(fresh);
    for (let term = 0; term < 40; term++) {
      assert.ok(await cluster.until(() => fresh.life?.node.statistics().leading === true, 20_000));
      cluster.hit(fresh);
      await cluster.run(1_500);
      cluster.store.leader = null;
      await cluster.run(1_500);
    }
    cluster.wake(sleeper);
    await cluster.run(8_000);
    assert.ok(cluster.store.entries.has("lost"), "the loss was not reported");
    assert.ok(await cluster.adopt());
    await cluster.run(8_000);
    assert.deepEqual(statisticsOf(sleeper), { pending: 0, indeterminate: 0 });
  });

  it("a wiped store, and a node that never heard of a ledger leads: adopting counts what the others held", async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const cluster = await begin(2, "etcd", seed);
      const [, holder] = cluster.up();
      assert.ok(holder);
      cluster.hit(holder);
      await cluster.run(3_000);
      cluster.store.away = true;
      cluster.start(cluster.machine("fresh"));
      await cluster.run(12_000);
      for (let i = 0; i < 10; i++) cluster.hit(holder);
      cluster.store.wipe();
      cluster.store.away = false;
      assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 30_000));
      assert.ok(await cluster.adopt());
      assert.ok(await cluster.until(() => total(cluster) === 10, 20_000), `seed ${seed}: ${total(cluster)} of 10`);
    }
  });

  /** The first five hits are committed, but no node hears it. Then the store is lost, and an empty one is adopted. */
  async function adoptEmptyStore(): Promise<[SimCluster, Machine]> {
    const cluster = await begin(2);
    const { store } = cluster;
    const [, holder] = cluster.up();
    assert.ok(holder);
    for (let i = 0; i < 5; i++) cluster.hit(holder);
    const write = store.write.bind(store);
    store.write = (...args) => {
      if (args[1].puts.has("head")) store.loseAnswers = 1;
      return write(...args);
    };
    assert.ok(await cluster.until(() => total(cluster) === 5, 20_000));
    store.saveBackup();
    store.write = write;
    Object.assign(store, { away: true, loseAnswers: 0 });
    await cluster.run(15_000);
    store.wipe();
    store.away = false;
    assert.ok(await cluster.until(() => store.entries.has("lost"), 30_000));
    const names = filesOf(holder);
    // A person may write at any time. The leader's transactions are then refused, and it reads again.
    store.write = (revision, puts, epoch) =>
      epoch === null ? write(revision, puts, epoch) : write(revision - 1, puts, epoch);
    assert.ok(await cluster.adopt());
    assert.ok(
      await cluster.until(() => filesOf(holder) !== names, 10_000),
      "its log does not follow the adopted ledger",
    );
    store.write = write;
    return [cluster, holder];
  }

  function filesOf({ disk }: Machine): string {
    return [...(disk?.files.keys() ?? [])].join();
  }

  async function bringBackAndAdopt(cluster: SimCluster): Promise<void> {
    const { store } = cluster;
    store.restore();
    for (const machine of cluster.machines.values()) if (!machine.life) cluster.start(machine);
    assert.ok(await cluster.until(() => store.entries.has("lost"), 30_000));
    assert.ok(await cluster.adopt());
    await cluster.until(() => total(cluster) === 8, 20_000);
    await cluster.run(5_000);
    assert.equal(total(cluster), 8);
  }

  it("an empty store is adopted, and the right one brought back before a commit: nothing is counted twice", async () => {
    const [cluster, holder] = await adoptEmptyStore();
    for (let i = 0; i < 3; i++) cluster.hit(holder);
    await bringBackAndAdopt(cluster);
  });

  it("an empty store is adopted and written, and the right one brought back under dead nodes: nothing is counted twice", async () => {
    const [cluster, holder] = await adoptEmptyStore();
    assert.ok(await cluster.until(() => total(cluster) === 5, 20_000));
    for (let i = 0; i < 3; i++) cluster.hit(holder);
    assert.ok(await cluster.until(() => total(cluster) === 8, 20_000));
    for (const machine of cluster.up()) cluster.kill(machine);
    await bringBackAndAdopt(cluster);
  });
});

function statisticsOf({ life }: Machine): { pending: number | undefined; indeterminate: number } {
  return { pending: life?.node.statistics().pending, indeterminate: life?.node.statistics().indeterminate ?? 0 };
}
