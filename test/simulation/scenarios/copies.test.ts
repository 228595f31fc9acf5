import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { begin, endsExactly, followersOf, leaderOf } from "./story.ts";

const COUNTERS = Array.from({ length: 40 }, (_, i) => `counter-${i}`);
const ROUND = 1_000;

/** Three nodes, and forty counters, of which a part of a copy has one or two. */
async function beginWithCounters(seed = 1): Promise<SimCluster> {
  const cluster = await begin(3, "etcd", seed, { copies: { countersInPart: 1 } });
  for (const counter of COUNTERS) cluster.hit(cluster.up()[0]!, counter);
  await cluster.run(3 * ROUND);
  return cluster;
}

/** Hits of all counters, on all nodes, for `ms`. */
function hitAll(cluster: SimCluster, ms: number): void {
  for (let at = 0; at < ms; at += 20)
    cluster.world.after(at, () => {
      for (const machine of cluster.up()) cluster.hit(machine, COUNTERS[(at / 20) % COUNTERS.length]);
    });
}

function join(cluster: SimCluster, name = "new"): Machine {
  const machine = cluster.machine(name);
  cluster.start(machine);
  return machine;
}

/** Until the node has heard of some counters, and not of all. */
async function untilHalfWay(cluster: SimCluster, { life }: Machine): Promise<void> {
  const known = () => COUNTERS.filter((counter) => (life?.node.read(counter)?.value ?? null) !== null).length;
  assert.ok(
    await cluster.until(() => known() > 10 && life?.node.complete() === false, 10 * ROUND),
    "no copy is under way",
  );
}

async function mustComplete(cluster: SimCluster, { life }: Machine): Promise<void> {
  assert.ok(await cluster.until(() => life?.node.complete() === true, 20 * ROUND), "the copy did not come to an end");
}

/** A node that has no totals gets them part by part. What it shows is exact, or it says that it does not know. */
describe("histories: copies of all totals", () => {
  it("H83: a new node gets its copy while all nodes count", async () => {
    const cluster = await beginWithCounters();
    hitAll(cluster, 12 * ROUND);
    await cluster.run(ROUND / 2);
    const node = join(cluster);
    await untilHalfWay(cluster, node);
    assert.equal(node.life?.node.catchingUp(), true);
    await mustComplete(cluster, node);
    assert.equal(node.life?.node.catchingUp(), false);
    await cluster.run(12 * ROUND);
    await endsExactly(cluster);
  });

  it("the leader dies, or leaves, in the middle: the next one begins anew", async () => {
    for (const how of ["kill", "drain", "pause"] as const) {
      const cluster = await beginWithCounters();
      hitAll(cluster, 12 * ROUND);
      const node = join(cluster);
      await untilHalfWay(cluster, node);
      const leader = leaderOf(cluster);
      cluster[how](leader);
      await cluster.run(8 * ROUND);
      cluster.wake(leader);
      await mustComplete(cluster, node);
      await cluster.run(4 * ROUND);
      await endsExactly(cluster);
    }
  });

  it("the store is restored and adopted in the middle", async () => {
    const cluster = await beginWithCounters();
    hitAll(cluster, 4 * ROUND);
    const node = join(cluster);
    await untilHalfWay(cluster, node);
    cluster.store.wipe();
    assert.ok(
      await cluster.until(() => cluster.up().every(({ life }) => life?.node.cluster().store === "lost"), 20 * ROUND),
    );
    assert.ok(await cluster.adopt());
    await cluster.run(10 * ROUND);
    await mustComplete(cluster, node);
    cluster.accounts.checkPages();
  });

  it("nodes that join at other times, and one that hangs meanwhile, get all of it", async () => {
    const cluster = await beginWithCounters();
    hitAll(cluster, 15 * ROUND);
    const first = join(cluster, "first");
    await untilHalfWay(cluster, first);
    const second = join(cluster, "second");
    await cluster.run(ROUND);
    cluster.pause(second);
    const third = join(cluster, "third");
    await cluster.run(5 * ROUND);
    cluster.wake(second);
    for (const node of [first, second, third]) await mustComplete(cluster, node);
    await cluster.run(10 * ROUND);
    await endsExactly(cluster);
  });

  it("messages of a copy are late, lost with their stream, or come with hits that the node has just taken", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await beginWithCounters(seed);
      hitAll(cluster, 10 * ROUND);
      const node = join(cluster);
      await cluster.run(seed * 150);
      const other = followersOf(cluster).find((machine) => machine !== node) ?? node;
      cluster.kill(seed % 2 ? node : other);
      cluster.start(seed % 2 ? node : other);
      await cluster.run(10 * ROUND);
      await mustComplete(cluster, node);
      await endsExactly(cluster);
    }
  });

  it("a node that had all totals misses more than is kept: it goes on taking traffic while it gets a copy", async () => {
    const cluster = await beginWithCounters();
    const [node] = followersOf(cluster);
    const others = cluster.up().filter((machine) => machine !== node);
    assert.equal(node.life?.node.complete(), true);
    await behindWhen(cluster, node, () => {
      for (const machine of others) cluster.kill(machine);
      for (const machine of others) cluster.start(machine);
    });
    assert.ok(await cluster.until(() => node.life?.node.complete() === false, 10 * ROUND), "no copy is under way");
    assert.equal(node.life?.node.catchingUp(), false);
    await mustComplete(cluster, node);
    await endsExactly(cluster);
  });

  it("H84: a node is behind when the leader dies: the next one sends what it lacks, and no copy", async () => {
    const cluster = await beginWithCounters();
    const [node] = followersOf(cluster);
    const leader = leaderOf(cluster);
    await behindWhen(cluster, node, () => cluster.kill(leader));
    const copying = () => node.life?.node.complete() === false;
    assert.equal(await cluster.until(copying, 10 * ROUND), false, "a copy is under way");
    cluster.start(leader);
    await endsExactly(cluster);
  });
});

/** The node hangs while others are committed and `change` happens, and then wakes up. */
async function behindWhen(cluster: SimCluster, node: Machine, change: () => void): Promise<void> {
  cluster.pause(node);
  cluster.hit(leaderOf(cluster), COUNTERS[0]);
  await cluster.run(3 * ROUND);
  change();
  await cluster.run(5 * ROUND);
  cluster.wake(node);
}
