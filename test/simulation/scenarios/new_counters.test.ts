import assert from "node:assert/strict";
import { SETTINGS, SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { answerOf, send } from "./keyed_story.ts";
import { acknowledged, endsExactly, followersOf, ledgerOf } from "./story.ts";

/** The cap of counters holds also for names that come at the same moment, and reserved names have their place below it. */
describe("histories: new counters", () => {
  it("new names that come in one turn share the room that is left", async () => {
    const cluster = clusterOf(20, 1 << 20, []);
    const node = cluster.machine("node");
    cluster.start(node);
    await cluster.run(2_000);
    for (let i = 0; i < 100; i++) cluster.hit(node, `name-${i}`);
    await cluster.run(10);
    assert.equal(acknowledged(cluster), 20);
    await endsExactly(cluster);
  });

  it("reserved names and others together are as many as the cap", async () => {
    const cluster = clusterOf(20, 1 << 20, ["visits", "blog"]);
    const node = cluster.machine("node");
    cluster.start(node);
    await cluster.run(2_000);
    for (let i = 0; i < 100; i++) cluster.hit(node, `name-${i}`);
    for (const name of ["visits", "blog", "visits"]) cluster.hit(node, name);
    await cluster.run(10);
    assert.equal(acknowledged(cluster), 18 + 3);
    await cluster.run(2_000);
    for (let i = 0; i < 100; i++) cluster.hit(node, `later-${i}`);
    await cluster.run(10);
    assert.equal(acknowledged(cluster), 18 + 3);
    await endsExactly(cluster);
  });

  const FULL: [what: string, counters: number, bytes: number][] = [
    ["counters", 20, 1 << 20],
    ["bytes", 10_000, 2_000],
  ];
  for (const [what, counters, bytes] of FULL)
    it(`reserved names have their place, also where strangers took all other ${what}, on every node`, async () => {
      // Only in format 1 are bytes limited.
      const cluster = clusterOf(counters, bytes, ["visits", "blog"], what === "bytes");
      const nodes = ["a", "b", "c"].map((name) => cluster.machine(name));
      for (const node of nodes) cluster.start(node);
      await cluster.run(3_000);
      for (let round = 0; round < 20; round++) {
        for (const node of nodes) for (let i = 0; i < 30; i++) cluster.hit(node, `${node.name}-${round}-${i}`);
        await cluster.run(1_000);
      }
      const [first] = nodes;
      const before = acknowledged(cluster);
      cluster.hit(first!, "one-more");
      await cluster.run(10);
      assert.equal(acknowledged(cluster), before, "there is no room for other names");
      for (const name of ["visits", "blog"]) for (const node of nodes) cluster.hit(node, name);
      await cluster.run(10);
      assert.equal(acknowledged(cluster), before + 6);
      await endsExactly(cluster);
      const ledger = cluster.up()[0]!.life!.node;
      // Shares are rounded up, so that the last counters are somebody's.
      assert.ok(ledger.list("", 10_000).length < counters + nodes.length, "no more counters than the limit");
    });

  it("a new name whose hit could not be written gives its place back", async () => {
    const cluster = clusterOf(20, 1 << 20, []);
    const node = cluster.machine("node");
    cluster.start(node);
    await cluster.run(2_000);
    node.disk!.room = 0;
    for (let i = 0; i < 20; i++) cluster.hit(node, `refused-${i}`);
    await cluster.run(10);
    assert.equal(acknowledged(cluster), 0);
    node.disk!.room = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 20; i++) cluster.hit(node, `name-${i}`);
    await cluster.run(10);
    assert.equal(acknowledged(cluster), 20);
    await endsExactly(cluster);
  });

  it("a reserved name has its place before the first snapshot, too", async () => {
    const cluster = clusterOf(10_000, 1 << 20, ["visits"]);
    const node = cluster.machine("node");
    cluster.start(node);
    for (let i = 0; i < 100; i++) cluster.hit(node, `name-${i}`);
    cluster.hit(node, "visits");
    await cluster.run(10);
    assert.equal(acknowledged(cluster), 17);
    await endsExactly(cluster);
  });

  it("H109: a request with a key ends, and a visitor's mark waits for the same new counter: it keeps its place", async () => {
    const { cluster, follower } = await cutOffWithVisitor();
    const sent = send(cluster, follower, cluster.key(), { counter: "readers" });
    assert.equal(await answerOf(cluster, sent), "not-answered false");
    await hasNoOtherRoom(cluster, follower);
  });

  it("H109: a hit's write fails, and a visitor's mark waits for the same new counter: it keeps its place", async () => {
    const { cluster, follower } = await cutOffWithVisitor();
    follower.disk!.room = 0;
    for (const name of ["readers", "refused"]) cluster.hit(follower, name);
    await cluster.run(10);
    follower.disk!.room = Number.POSITIVE_INFINITY;
    await hasNoOtherRoom(cluster, follower);
  });
});

function clusterOf(counters: number, bytes: number, names: readonly string[], staysInFormat1 = false): SimCluster {
  const limits = { counters, bytes, reserved: new Set(names) };
  const conversionDelay = staysInFormat1 ? Number.POSITIVE_INFINITY : SETTINGS.leader.conversionDelay;
  return new SimCluster(1, "etcd", {
    settings: { ...SETTINGS, leader: { ...SETTINGS.leader, limits, conversionDelay } },
  });
}

/** A node whose share has this many places. All are taken by hits but one, and a visitor's mark that waits has that. */
const PLACES = 7;

async function cutOffWithVisitor() {
  const cluster = clusterOf(20, 1 << 20, []);
  for (const name of ["a", "b", "c"]) cluster.start(cluster.machine(name));
  await cluster.run(8_000);
  const [follower] = followersOf(cluster);
  cluster.hit(follower);
  await cluster.run(2_500);
  for (const { name } of cluster.up()) cluster.network.cut(follower.name, name);
  cluster.visit(follower, "ann", "readers");
  for (let i = 1; i < PLACES; i++) cluster.hit(follower, `name-${i}`);
  await cluster.run(10);
  assert.equal(acknowledged(cluster), PLACES);
  return { cluster, follower };
}

/** No counter has the place of the visitors' one, and the visitor is counted at last. */
async function hasNoOtherRoom(cluster: SimCluster, follower: Machine): Promise<void> {
  const before = acknowledged(cluster);
  cluster.hit(follower, "one-more");
  await cluster.run(10);
  assert.equal(acknowledged(cluster), before, "a counter took the place");
  cluster.network.heal();
  await cluster.run(8_000);
  assert.ok(ledgerOf(cluster).totals.has("readers"), "the visitor is not counted");
  await endsExactly(cluster);
}
