import assert from "node:assert/strict";
import type { DeleteCounter, SetCounter } from "../../../internal/core/ledger/adjustment.ts";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../../internal/services/counter/held_logs.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { SimDisk } from "../sim_disk.ts";
import { World } from "../world.ts";
import { beginKeyed } from "./keyed_story.ts";
import { acknowledged, begin, FORGETFUL, followersOf, forgetEnded, hitEverywhere, ledgerOf, total } from "./story.ts";

const LEDGER = { id: "1111111111111111", version: 4, writer: "writer" };
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const VISITS = { counter: "visits", ifMatch: null } as const;
const ADJUSTMENTS: Readonly<Record<string, SetCounter | DeleteCounter>> = {
  "sets to less": { ...VISITS, action: "set", value: 2n, region: null },
  "sets to more": { ...VISITS, action: "set", value: 6n, region: null },
  deletes: { ...VISITS, action: "delete" },
};

/** A node starts on another machine, on a copy of `machine`'s disk as it is now. */
function startCopy(cluster: SimCluster, machine: Machine): Machine {
  const copy = cluster.machine(`copy-${cluster.machines.size}`);
  copy.disk = machine.disk?.copy() ?? null;
  cluster.start(copy);
  return copy;
}

function hit(cluster: SimCluster, machine: Machine, times: number): void {
  for (let i = 0; i < times; i++) cluster.hit(machine);
}

function indeterminate(cluster: SimCluster): number {
  return cluster.up().reduce((sum, { life }) => sum + (life?.node.statistics().indeterminate ?? 0), 0);
}

/** Nothing is pending any more, nothing was counted twice, and what is missing is told. Returns how many hits that is. */
function missing(cluster: SimCluster): number {
  for (const { name, life } of cluster.up()) assert.equal(life?.node.statistics().pending, 0, `${name} is stuck`);
  const hits = acknowledged(cluster) - total(cluster);
  assert.ok(hits >= 0, `${-hits} hits were counted twice`);
  assert.ok(hits <= indeterminate(cluster), `${hits} hits are missing, ${indeterminate(cluster)} are told`);
  cluster.accounts.checkPages();
  return hits;
}

describe("histories: disks that are copied while their node lives", () => {
  it("a copy commits what the node has not offered: it is counted once, what cannot be told apart is told, and the copy is reported", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await begin(3, "etcd", seed, { tracing: true });
      const [node] = followersOf(cluster);
      hit(cluster, node, 5);
      await cluster.run(2_500);
      cluster.network.cut(node.name, cluster.leader()?.name ?? "");
      hit(cluster, node, 10);
      await cluster.run(100);
      const copy = startCopy(cluster, node);
      assert.ok(await cluster.until(() => total(cluster) === 15, 10_000));
      hit(cluster, node, 1);
      await cluster.run(100);
      cluster.network.heal();
      await cluster.run(8_000);
      hit(cluster, node, 4);
      hit(cluster, copy, 3);
      await cluster.run(5_000);
      assert.equal(missing(cluster), 1);
      assert.equal(indeterminate(cluster), 11);
      assert.equal(cluster.copiedLogs, 1);
      const lines = cluster.world.trace.filter((line) => line.includes("a log lives twice"));
      assert.match(lines.join("\n"), new RegExp(`"node":"${node.name}","copy":"${copy.name}"`));
    }
  });

  it("a node hands its log to a node on a copy that has less of it: the copy refuses, and what it would have dropped stays in the journal", async () => {
    const cluster = await begin(2, "etcd", 1, { drainTimeout: 4_000 });
    const leader = cluster.leader();
    const node = cluster.up().find((machine) => machine !== leader) as Machine;
    hit(cluster, node, 5);
    await cluster.run(2_500);
    cluster.network.cut(node.name, leader?.name ?? "");
    hit(cluster, node, 3);
    await cluster.run(100);
    const copy = startCopy(cluster, node);
    cluster.network.cut(copy.name, leader?.name ?? "");
    hit(cluster, node, 20);
    await cluster.run(1_000);
    const report = node.life?.node.drain();
    await cluster.run(8_000);
    assert.deepEqual(await report, { handedOver: 0, left: 23, kept: true });
    cluster.kill(node);
    cluster.kill(copy);
    cluster.network.heal();
    cluster.start(node);
    await cluster.run(8_000);
    assert.equal(missing(cluster), 0);
    assert.equal(total(cluster), 28);
  });

  for (const [what, change] of Object.entries(ADJUSTMENTS))
    it(`a page shows hits twice, and a person ${what} the counter: the page shows what the ledger has`, async () => {
      const cluster = await beginKeyed(3);
      const node = await copyIsCountedFirst(cluster);
      const shown = () => Number(node.life?.node.read("visits")?.value ?? 0);
      await cluster.run(5_000);
      assert.equal(shown(), 8, "the story needs a page that shows hits twice");
      cluster.adjust(cluster.leader() as Machine, cluster.key(), change);
      await cluster.run(3_000);
      assert.equal(cluster.adjusted.length, 1, "nothing was adjusted");
      assert.equal(shown(), change.action === "set" ? Number(change.value) : 0);
      cluster.accounts.checkPages();
    });

  it("a copy commits hits before their node hears of any: its page shows them twice, and does not step back when it hears of them", async () => {
    const cluster = await begin(3);
    const node = await copyIsCountedFirst(cluster);
    const shown = () => Number(node.life?.node.read("visits")?.value ?? 0);
    assert.ok(await cluster.until(() => shown() > 0, 10_000), "the node heard of no totals");
    assert.equal(shown(), 8, "the story needs a page that shows hits twice");
    await cluster.run(3_000);
    assert.equal(shown(), 8);
    const [other] = cluster.up().filter((machine) => machine !== node);
    assert.ok(other);
    hit(cluster, other, 3);
    await cluster.run(2_500);
    assert.equal(shown(), 8);
    hit(cluster, other, 6);
    await cluster.run(2_500);
    assert.equal(shown(), 13);
    assert.equal(missing(cluster), 0);
  });

  it("a copy of hits that were never offered is first to follow an adoption: they are counted once", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    for (const other of cluster.up()) if (other !== node) cluster.network.cut(node.name, other.name);
    cluster.store.cutOff.add(node.name);
    hit(cluster, node, 6);
    await cluster.run(100);
    cluster.store.wipe();
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000));
    assert.ok(await cluster.adopt());
    startCopy(cluster, node);
    assert.ok(await cluster.until(() => total(cluster) === 6, 10_000), "the copy was not counted");
    hit(cluster, node, 2);
    cluster.store.cutOff.clear();
    cluster.network.heal();
    await cluster.run(12_000);
    assert.equal(missing(cluster), 2);
  });

  it("a node comes to an adopted ledger by way of another one, and a copy of its disk directly: both go on with one log, counted once", async () => {
    const cluster = await begin(3);
    const { store, network } = cluster;
    const [node, other] = followersOf(cluster);
    hit(cluster, node, 2);
    hit(cluster, other, 2);
    await cluster.run(2_500);
    store.saveBackup();
    for (const name of cluster.machines.keys()) if (name !== node.name) network.cut(name, node.name);
    hit(cluster, node, 5);
    await cluster.run(100);
    const disk = node.disk?.copy() ?? null;
    store.wipe();
    assert.ok(await cluster.until(() => store.entries.has("lost"), 20_000), "the loss was not reported");
    assert.ok(await cluster.adopt());
    network.heal();
    const ids = () => [...(node.life?.node.logs ?? [])].flatMap(({ log }) => log.ids);
    assert.ok(await cluster.until(() => ids().length === 2, 10_000), "the log did not move to the adopted ledger");
    store.restore();
    assert.ok(await cluster.until(() => store.entries.has("lost"), 20_000), "the second loss was not reported");
    assert.ok(await cluster.adopt());
    assert.ok(await cluster.until(() => ids().length >= 3 && total(cluster) === 9, 10_000), "the log was not counted");
    const copy = cluster.machine("copy");
    copy.disk = disk;
    cluster.start(copy);
    await cluster.run(6_000);
    assert.equal(total(cluster), 9);
    assert.equal(missing(cluster), 0);
  });

  it("copies of busy nodes, whenever they are made: nothing is counted twice, and what is missing is told", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const cluster = await begin(3, seed % 2 ? "etcd" : "embedded", seed);
      const { random } = cluster.world;
      hitEverywhere(cluster, 6_000, 13);
      await cluster.run(random.between(100, 3_000));
      const [node] = followersOf(cluster);
      startCopy(cluster, node);
      await cluster.run(random.between(0, 2_000));
      startCopy(cluster, random.pick(cluster.up()));
      await cluster.run(9_000);
      for (const machine of cluster.up()) hit(cluster, machine, 2);
      await cluster.run(5_000);
      missing(cluster);
    }
  });

  it("a copy that has less than the node saw committed is counted first after the store is restored: later hits are counted, and nothing is stuck", async () => {
    for (const waiting of [0, 6]) {
      const cluster = await begin(3);
      const [node, other] = followersOf(cluster);
      hit(cluster, node, 5);
      await cluster.run(2_500);
      cluster.store.saveBackup();
      hit(cluster, node, 4);
      await cluster.run(5);
      const disk = node.disk?.copy() ?? null;
      await cluster.run(2_500);
      hit(cluster, node, 3);
      await cluster.run(2_500);
      const { leader } = cluster.store;
      cluster.store.restore();
      cluster.store.leader = leader;
      for (const name of cluster.machines.keys()) if (name !== node.name) cluster.network.cut(name, node.name);
      hit(cluster, node, waiting);
      hit(cluster, other, 1);
      assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 30_000));
      assert.ok(await cluster.adopt());
      const copy = cluster.machine("copy");
      copy.disk = disk;
      cluster.network.cut(copy.name, node.name);
      cluster.start(copy);
      assert.ok(await cluster.until(() => total(cluster) === 10, 20_000), `${total(cluster)} of 10`);
      cluster.network.heal();
      await cluster.run(8_000);
      hit(cluster, node, 20);
      await cluster.run(15_000);
      assert.equal(total(cluster), 30);
      assert.deepEqual([node.life?.node.statistics().pending, indeterminate(cluster)], [0, waiting]);
    }
  });

  it("a node leaves that was never copied, by commit and by hand-over: no log is said to live twice", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await begin(3, "etcd", seed);
      hitEverywhere(cluster, 12_000, 50);
      await cluster.run(2_000 + 137 * seed);
      const [node, other] = followersOf(cluster);
      cluster.store.away = seed % 2 === 0;
      let claimed = 0;
      cluster.network.alter = (address, message) => {
        if (address === node.name && message.kind === "answer" && message.draining) claimed += message.begun.length;
        return message;
      };
      cluster.drain(node);
      await cluster.until(() => node.life === null, 30_000);
      cluster.store.away = false;
      cluster.kill(other);
      cluster.start(other);
      cluster.start(node);
      await cluster.run(8_000);
      assert.deepEqual([cluster.copiedLogs, claimed], [0, 0]);
    }
  });

  it("a copy of a journal that was never offered comes when the ledger has counted and forgotten its log", async () => {
    const cluster = await begin(3, "etcd", 1, { retention: FORGETFUL });
    const [node] = followersOf(cluster);
    hit(cluster, node, 6);
    await cluster.run(10);
    const disk = node.disk?.copy() ?? null;
    await cluster.run(3_000);
    cluster.drain(node);
    assert.ok(await cluster.until(() => node.life === null, 30_000));
    await forgetEnded(cluster);
    const late = cluster.machine("late");
    late.disk = disk;
    cluster.start(late);
    await cluster.run(6_000);
    assert.equal(total(cluster), acknowledged(cluster));
    assert.equal(late.life?.node.statistics().indeterminate, 6);
    assert.ok(ledgerOf(cluster).prunedTo > 0);
  });

  for (const [watermark, open, told] of [
    [15, 11, 11],
    [7, 4, 4],
    [16, 11, 11],
    [30, 11, 11],
  ] as const)
    it(`a snapshot shows watermark ${watermark} to a log that has 5 counted and ${open} new hits: none of these is offered again`, () => {
      const world = new World(1);
      const counters = new Counters("eu");
      const disk = new SimDisk(world);
      const heldLogs = new HeldLogs({ directory: disk, random: world.random, region: "eu", counters, logger: SILENT });
      heldLogs.open();
      const add = (by: number) => {
        heldLogs.journal(new Map([["visits", by]]));
        heldLogs.own?.log.add("visits", by);
        counters.addPending("visits", by);
      };
      const source = heldLogs.own?.log.id ?? "";
      const show = (version: number, shown: number) => {
        const ledger = { ...LEDGER, version };
        const share = { counters: 1, bytes: 1 };
        const change: LedgerChange = { ledger, since: null, totals: [], prunedTo: 0, adoptions: [], share };
        heldLogs.cover(change, [{ source, watermark: shown, ended: false }]);
      };
      add(5);
      assert.equal(heldLogs.offer(LEDGER).length, 1);
      show(5, 5);
      add(open);
      show(6, watermark);
      assert.deepEqual([heldLogs.indeterminate, heldLogs.pending], [told, 0]);
      add(2);
      const offered = heldLogs.offer(LEDGER).reduce((sum, { from, to }) => sum + to - from, 0);
      assert.equal(offered, 2);
    });
});

/** A copy of a node's disk commits the node's 4 hits before the node hears of any ledger. Returns the node, which is reached again. */
async function copyIsCountedFirst(cluster: SimCluster): Promise<Machine> {
  const { store, network } = cluster;
  const node = cluster.machine("node");
  for (const { name } of cluster.up()) network.cut(node.name, name);
  store.cutOff.add(node.name);
  cluster.start(node);
  await cluster.run(100);
  hit(cluster, node, 4);
  await cluster.run(100);
  startCopy(cluster, node);
  assert.ok(await cluster.until(() => total(cluster) === 4, 10_000), "the copy was not counted");
  store.cutOff.clear();
  network.heal();
  return node;
}
