import assert from "node:assert/strict";
import { type Day, dayOf, HOURS_A_DAY, hourAt } from "../../../internal/core/days/hour.ts";
import { visitorsOf } from "../../../internal/core/visits/visitors.ts";
import { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { WALL_START_MS } from "../world.ts";
import { beginKeyed, jump } from "./keyed_story.ts";
import { type begin, endsExactly, followersOf, KINDS, leaderOf, ledgerOf } from "./story.ts";

const DAY_MS = 86_400_000;
const SITE = visitorsOf("blog.example");

/**
 * A visitor counts once in a period, whichever nodes it comes to, whatever happens to them. Nobody waits for it, so a node that dies takes
 * marks with it: the visitor's next view brings them again.
 */
describe("histories: visitors", () => {
  for (const kind of KINDS) {
    it(`(${kind}): a visitor of all nodes counts once, and another one, too`, async () => {
      const cluster = await beginMarked(3, kind);
      for (const machine of cluster.up()) cluster.visit(machine, "ann", SITE);
      await cluster.run(2_500);
      for (const machine of cluster.up()) cluster.visit(machine, "ann", SITE);
      cluster.visit(leaderOf(cluster), "bob", SITE);
      await cluster.run(2_500);
      assert.equal(visitors(cluster), 2);
      for (const { name, life } of cluster.up()) assert.equal(life?.node.read(SITE)?.value, 2n, name);
      await endsExactly(cluster);
    });

    it(`(${kind}): a leader dies between its commit and its publication: the visitor counts once`, async () => {
      const cluster = await beginMarked(3, kind);
      const [follower] = followersOf(cluster);
      cluster.visit(follower, "ann", SITE);
      await untilVisited(cluster);
      const leader = leaderOf(cluster);
      cluster.kill(leader);
      assert.equal(follower.life?.node.statistics().marksWaiting, 1, "the node knows already");
      await cluster.run(5_000);
      assert.equal(follower.life?.node.statistics().marksWaiting, 0);
      assert.equal(visitors(cluster), 1);
      cluster.start(leader);
      await endsExactly(cluster);
    });

    it(`(${kind}): a node dies within the second: the visitor's next view counts`, async () => {
      const cluster = await beginMarked(3, kind);
      const [follower, other] = followersOf(cluster);
      cluster.visit(follower, "ann", SITE);
      await cluster.run(5);
      cluster.kill(follower);
      await cluster.run(3_000);
      assert.equal(visitors(cluster), 0);
      cluster.visit(other, "ann", SITE);
      await cluster.run(2_500);
      assert.equal(visitors(cluster), 1);
      cluster.start(follower);
      await endsExactly(cluster);
    });

    it(`H54 (${kind}): midnight: a node that is cut off makes no marks of the new day; nobody counts twice`, async () => {
      const cluster = await beginMarked(3, kind);
      const [cutOff, other] = followersOf(cluster);
      cluster.visit(cutOff, "ann", SITE);
      await cluster.run(2_500);
      for (const { name } of cluster.up()) cluster.network.cut(cutOff.name, name);
      const { secrets } = ledgerOf(cluster).marks;
      assert.equal(secrets.size, 1, "tomorrow's secret is there already");
      jump(cluster.up(), untilMidnight(cluster) + 1_000);
      cluster.visit(cutOff, "ann", SITE);
      cluster.visit(other, "ann", SITE);
      cluster.hit(other);
      await cluster.run(3_000);
      cluster.visit(other, "ann", SITE);
      await cluster.run(12_000);
      assert.equal(visitors(cluster), 2, "once yesterday, once today");
      assert.equal(cutOff.life?.node.statistics().marksWaiting, 0, "it made a mark without the secret of the day");
      cluster.network.heal();
      await cluster.run(3_000);
      cluster.visit(cutOff, "ann", SITE);
      await cluster.run(2_500);
      assert.equal(visitors(cluster), 2);
      await endsExactly(cluster);
    });

    it(`H55 (${kind}): a visitor counts until midnight, long after keys of that time are forgotten, and then again`, async () => {
      const cluster = await beginMarked(3, kind, 1, { keys: { window: 4_000 } });
      const [one, other] = followersOf(cluster);
      cluster.visit(one, "ann", SITE);
      await cluster.run(30_000);
      cluster.keyedHit(one, cluster.key());
      await cluster.run(10_000);
      assert.ok(ledgerOf(cluster).keysForgottenTo > WALL_START_MS, "keys of that time are kept");
      cluster.visit(other, "ann", SITE);
      cluster.visit(other, "bob", SITE);
      await cluster.run(2_500);
      assert.equal(visitors(cluster), 2);
      jump(cluster.up(), untilMidnight(cluster) + 1_000);
      cluster.hit(one);
      await cluster.run(2_500);
      cluster.visit(other, "ann", SITE);
      await cluster.run(2_500);
      assert.equal(visitors(cluster), 3);
      await endsExactly(cluster);
    });

    it(`H103 (${kind}): an older backup is adopted: a visitor of after the backup is counted again, in the new ledger`, async () => {
      const cluster = await beginMarked(3, kind);
      const [follower, other] = followersOf(cluster);
      cluster.visit(follower, "bob", SITE);
      await cluster.run(2_500);
      cluster.store.saveBackup();
      cluster.visit(follower, "ann", SITE);
      await cluster.run(2_500);
      assert.equal(visitors(cluster), 2);
      cluster.store.restore();
      cluster.hit(other);
      assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 20_000), "the loss is not noticed");
      assert.ok(await cluster.adopt());
      await cluster.run(5_000);
      assert.equal(visitors(cluster), 1);
      cluster.visit(follower, "ann", SITE);
      cluster.visit(follower, "bob", SITE);
      await cluster.run(2_500);
      assert.equal(visitors(cluster), 2);
      await endsExactly(cluster);
    });

    it(`(${kind}): the store is away over midnight: marks of both days wait, and count in their days`, async () => {
      const cluster = await beginMarked(3, kind);
      const [follower, other] = followersOf(cluster);
      jump(cluster.up(), untilMidnight(cluster) - 10_000);
      cluster.hit(other);
      await cluster.run(3_000);
      assert.equal(ledgerOf(cluster).marks.secrets.size, 2, "tomorrow has no secret");
      cluster.store.away = true;
      cluster.visit(follower, "ann", SITE);
      await cluster.run(60_000);
      cluster.visit(follower, "ann", SITE);
      await cluster.run(300_000);
      cluster.store.away = false;
      await cluster.run(5_000);
      assert.equal(visitors(cluster), 2);
      const today = dayOf(hourAt(follower.life?.clock.wall() ?? 0));
      for (const [day, hits] of [
        [today - 1, 1],
        [today, 1],
      ] as const)
        assert.equal(visitorsOn(cluster, day), hits);
      await endsExactly(cluster);
    });
  }

  it("transactions with unknown outcomes count a visitor once", async () => {
    for (let lost = 0; lost < 12; lost++) {
      const cluster = await beginMarked(3, "etcd", lost);
      const [follower, other] = followersOf(cluster);
      cluster.store.loseAnswers = 0.7;
      cluster.visit(follower, "ann", SITE);
      cluster.visit(other, "ann", SITE);
      await cluster.run(6_000);
      cluster.store.loseAnswers = 0;
      await cluster.run(6_000);
      assert.equal(visitors(cluster), 1);
      await endsExactly(cluster);
    }
  });

  it("H54: a secret is published only after its transaction is committed", async () => {
    const cluster = await beginMarked(3);
    const [follower, other] = followersOf(cluster);
    jump(cluster.up(), untilMidnight(cluster) + 1_000);
    cluster.store.loseRequests = 1;
    cluster.hit(other);
    cluster.visit(follower, "ann", SITE);
    await cluster.run(1_500);
    assert.equal(follower.life?.node.statistics().marksWaiting, 0, "a mark was made with a secret that nobody has");
    cluster.kill(leaderOf(cluster));
    cluster.store.loseRequests = 0;
    await cluster.run(9_000);
    for (const machine of cluster.up()) cluster.visit(machine, "ann", SITE);
    await cluster.run(3_000);
    assert.equal(visitors(cluster), 1);
  });

  it("of a new node are counted as soon as it has heard of the day's secret", async () => {
    const cluster = await beginMarked(2);
    const fresh = cluster.machine("fresh");
    cluster.start(fresh);
    cluster.visit(fresh, "ann", "badge");
    await cluster.run(5_000);
    assert.equal(fresh.life?.node.read("badge")?.value, 1n);
    await endsExactly(cluster);
  });

  it("of a node that starts with the hits of many counters, and has heard no leader yet, are counted", async () => {
    const cluster = await beginMarked(3, "etcd");
    const [follower] = followersOf(cluster);
    cluster.store.away = true;
    for (let at = 0; at < 20; at++) cluster.hit(follower, `counter-${at}`);
    await cluster.run(100);
    cluster.kill(follower);
    cluster.kill(leaderOf(cluster));
    cluster.start(follower);
    await cluster.run(1_000);
    cluster.visit(follower, "ann", "badge");
    cluster.visit(follower, "bob", SITE);
    cluster.store.away = false;
    assert.ok(await cluster.until(() => visitors(cluster, "badge") === 1 && visitors(cluster) === 1, 9_000));
    await endsExactly(cluster);
  });

  it("are decided before a node that drains leaves", async () => {
    const cluster = await beginMarked(3);
    const [follower] = followersOf(cluster);
    cluster.visit(follower, "ann", SITE);
    cluster.drain(follower);
    assert.ok(await cluster.until(() => follower.life === null, 10_000), "it does not leave");
    assert.equal(visitors(cluster), 1);
    await endsExactly(cluster);
  });

  it("are decided before a node leaves that drains just after its start, and has no secret yet (H111)", async () => {
    const cluster = await beginMarked(3);
    const [follower] = followersOf(cluster);
    cluster.kill(follower);
    cluster.start(follower);
    await cluster.run(5);
    cluster.visit(follower, "ann", SITE);
    assert.equal(follower.life?.node.statistics().earlyVisits, 1);
    cluster.drain(follower);
    assert.ok(await cluster.until(() => follower.life === null, 15_000), "it does not leave");
    assert.equal(visitors(cluster), 1);
    await endsExactly(cluster);
  });

  it("do not keep a node that drains while the store is away", async () => {
    const cluster = await beginMarked(3);
    const [follower] = followersOf(cluster);
    cluster.store.away = true;
    await cluster.run(5_000);
    cluster.visit(follower, "ann", SITE);
    cluster.drain(follower);
    assert.ok(await cluster.until(() => follower.life === null, 10_000), "it does not leave");
    cluster.store.away = false;
    await endsExactly(cluster);
  });

  it("more than the ledger has room for are not counted, and a client's retry still is", async () => {
    const cluster = await beginMarked(3, "etcd", 1, { marks: { budget: 2 } });
    const [follower] = followersOf(cluster);
    for (const who of ["ann", "bob", "cem", "dao"]) cluster.visit(follower, who, SITE);
    await cluster.run(2_500);
    const { refused, decided } = (follower.life as NonNullable<Machine["life"]>).node.statistics().markResults;
    assert.deepEqual([visitors(cluster), refused, decided], [2, 2, 2]);
    let answer = "";
    cluster.keyedHit(follower, cluster.key(), {}, ({ accepted }) => {
      answer = String(accepted);
    });
    await cluster.run(2_500);
    assert.equal(answer, "true");
    await endsExactly(cluster);
  });

  it("are not counted while a node of the release 0.1.0 is there; hits are", async () => {
    const cluster = new SimCluster(1, "etcd");
    cluster.network.alter = (address, message) =>
      address === "node-2" && message.kind === "hello" ? { ...message, knows: 1 } : message;
    for (const name of ["node-1", "node-2", "node-3"]) cluster.start(cluster.machine(name));
    await cluster.run(8_000);
    for (const machine of cluster.up()) {
      cluster.visit(machine, "ann");
      cluster.hit(machine);
    }
    await cluster.run(3_000);
    const ledger = ledgerOf(cluster);
    assert.equal(ledger.layout, null);
    assert.deepEqual([ledger.totals.get("readers"), markEntries(cluster)], [undefined, []]);
    assert.equal(Number(ledger.totals.sum), 3);
  });
});

/** A cluster whose ledger has the secret of its day: its first transaction brings it. */
async function beginMarked(...options: Parameters<typeof begin>): Promise<SimCluster> {
  const cluster = await beginKeyed(...options);
  cluster.hit(leaderOf(cluster));
  assert.ok(await cluster.until(() => ledgerOf(cluster).marks.secrets.size > 0, 5_000), "there is no secret");
  await cluster.run(500);
  return cluster;
}

function visitors(cluster: SimCluster, counter = SITE): number {
  const regions = ledgerOf(cluster).totals.get(counter)?.regions.values() ?? [];
  return [...regions].reduce((sum, total) => sum + Number(total), 0);
}

/** Those that the store has in hours of this day. */
function visitorsOn(cluster: SimCluster, day: Day): number {
  const found = ledgerOf(cluster).days.read(SITE, day * HOURS_A_DAY, (day + 1) * HOURS_A_DAY);
  return found.reduce((sum, { hits }) => sum + hits, 0);
}

/** Until the store has one visitor more, at the very moment: the leader does not know yet. */
async function untilVisited(cluster: SimCluster): Promise<void> {
  const before = visitors(cluster);
  assert.ok(await cluster.until(() => visitors(cluster) > before, 8_000), "no visitor was counted");
}

/** Milliseconds by the clock of the leader. */
function untilMidnight(cluster: SimCluster): number {
  const wall = leaderOf(cluster).life?.clock.wall() ?? 0;
  return DAY_MS - (wall % DAY_MS);
}

function markEntries(cluster: SimCluster): string[] {
  return [...cluster.store.entries.keys()].filter((name) => name.startsWith("marks/"));
}
