import assert from "node:assert/strict";
import { encodeLedger } from "../../internal/core/ledger/ledger_encoding.ts";
import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import { totalsOf } from "../core/samples.ts";
import type { SimCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { begin, followersOf, hitEverywhere, ledgerOf } from "./scenarios/story.ts";

async function busyCluster(): Promise<SimCluster> {
  const cluster = await begin(3);
  hitEverywhere(cluster, 3_000, 50);
  await cluster.run(1_500);
  return cluster;
}

function isBroken({ accounts, store }: SimCluster, how: RegExp): void {
  assert.throws(() => accounts.checkLedger(store), { name: "ContractBroken", message: how });
}

/** The books notice what breaks the contract: a simulation that cannot fail would prove nothing. */
describe("the books of a history", () => {
  it("find nothing where nothing happens", async () => {
    const cluster = await busyCluster();
    await cluster.run(4_000);
    cluster.accounts.checkLedger(cluster.store);
    const { acknowledged, missing, allowed } = cluster.accounts.balance();
    assert.ok(acknowledged > 0);
    assert.deepEqual([missing, allowed], [0, 0]);
  });

  it("miss a hit that was acknowledged and is on no disk after kill -9", async () => {
    const cluster = await busyCluster();
    const [node] = followersOf(cluster);
    cluster.hit(node);
    await cluster.run(2);
    for (const file of node.disk?.files.values() ?? []) file.lines.pop();
    cluster.kill(node);
    isBroken(cluster, /^nobody has 1 of visits any more/);
  });

  it("allow exactly what was pending on a node that had no disk", async () => {
    const cluster = await begin(3);
    const memory = cluster.machine("memory", false);
    cluster.start(memory);
    await cluster.run(3_000);
    cluster.store.away = true;
    cluster.hit(memory, "votes", 7);
    await cluster.run(20);
    cluster.kill(memory);
    cluster.store.away = false;
    await cluster.run(5_000);
    cluster.accounts.checkLedger(cluster.store);
    const { missing, allowed, excused } = cluster.accounts.balance();
    assert.deepEqual([missing, allowed], [7, 7]);
    assert.deepEqual([...excused], [["a node without data directory was killed", 7]]);
  });

  it("allow what a leaving node handed over to a disk that was lost before the node ended, and nothing else of it", async () => {
    const cluster = await begin(3);
    await cluster.run(2_000);
    const [giver] = followersOf(cluster);
    cluster.store.away = true;
    cluster.hit(giver, "votes", 7);
    await cluster.run(20);
    const own = [...(giver.life?.node.logs ?? [])].map(({ log }) => log.id);
    const receiver = () =>
      cluster.up().find(({ name, disk }) => name !== giver.name && own.some((source) => disk?.files.has(source)));
    cluster.drain(giver);
    assert.ok(await cluster.until(() => receiver() !== undefined, 20_000), "nothing was handed over");
    const broken = receiver() as Machine;
    // It says yes, and the giver waits for a moment before it ends.
    await cluster.run(100);
    assert.ok(giver.life);
    cluster.kill(broken);
    cluster.accounts.destroys("a disk broke", () => broken.disk?.files.clear());
    assert.ok(await cluster.until(() => giver.life === null, 30_000), "it never leaves");
    cluster.loseDisk(giver);
    cluster.store.away = false;
    await cluster.run(8_000);
    cluster.accounts.checkLedger(cluster.store);
    const { missing, excused } = cluster.accounts.balance();
    assert.deepEqual([missing, [...excused]], [7, [["a disk broke", 7]]]);
  });

  it("notice a log that is counted twice, though the ledger adds up", async () => {
    const cluster = await busyCluster();
    const ledger = ledgerOf(cluster);
    const [source, watermark] = [...ledger.sources].find(([, at]) => at > 0) as [string, number];
    const visits = new Map([...(ledger.totals.get("visits")?.regions ?? [])]);
    visits.set("eu", (visits.get("eu") ?? 0n) + BigInt(watermark));
    const twice = {
      ...ledger,
      layout: null,
      version: ledger.version + 1,
      totals: totalsOf(new Map([["visits", visits]])),
    };
    twice.sources.delete(source);
    twice.sources.set("cccccccccccccccc", watermark);
    const again = { ...twice, prunedSum: ledger.prunedSum + BigInt(watermark) };
    cluster.store.write(cluster.store.headRevision, { puts: encodeLedger(again) }, null);
    assert.ok(decodeLedger(cluster.store.entries));
    isBroken(cluster, /^log cccccccccccccccc was counted, and nobody began it/);
  });

  it("notice a page that shows a hit twice, and one that hides a hit", async () => {
    for (const [off, how] of [
      [1n, /^shown too much: visits on node-/],
      [-1n, /^(shown too little|a page went backwards): visits on node-/],
    ] as const) {
      const cluster = await busyCluster();
      const node = followersOf(cluster)[0].life?.node;
      assert.ok(node);
      const read = node.read.bind(node);
      node.read = (counter) => {
        const reading = read(counter);
        return reading && { ...reading, value: reading.value === null ? null : reading.value + off };
      };
      await cluster.run(3_000);
      isBroken(cluster, how);
    }
  });

  it("notice a waiting request that is told yes too early, and one that is told no though its hit is committed", async () => {
    for (const [yes, how] of [
      [true, /says that hit .* is committed, and it is not$/],
      [false, /says that hit .* is not committed, and it is$/],
    ] as const) {
      const cluster = await begin(3);
      const [node] = followersOf(cluster);
      assert.ok(node.life);
      node.life.node.committed = (_, deadlineMs) =>
        new Promise((resolve) => cluster.world.after(yes ? 0 : deadlineMs, () => resolve(yes)));
      cluster.hit(node, "visits", 3, 5_000);
      await cluster.run(8_000);
      isBroken(cluster, how);
    }
  });
});
