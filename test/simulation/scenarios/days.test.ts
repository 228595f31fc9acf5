import assert from "node:assert/strict";
import { dayOf, HOURS_A_DAY, hourAt } from "../../../internal/core/days/hour.ts";
import { MAX_DAYS } from "../../../internal/core/days/kept_days.ts";
import type { AdjustmentChange } from "../../../internal/core/ledger/adjustment.ts";
import type { SimCluster } from "../cluster.ts";
import { heal } from "../history.ts";
import type { Machine } from "../machine.ts";
import { beginKeyed, jump } from "./keyed_story.ts";
import { begin, endsExactly, followersOf, KINDS, leaderOf, ledgerOf } from "./story.ts";

const HOUR_MS = 3_600_000;
/** The hour in which stories begin. */
const FIRST = hourAt(1_700_000_000_000);

/** Hits belong to the hour in which their node acknowledged them, whatever happens until they are committed. */
describe("histories: days", () => {
  for (const kind of KINDS) {
    it(`(${kind}): an hour ends while the store is away: its hits are in it, on every node`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [one] = followersOf(cluster);
      cluster.store.away = true;
      cluster.hit(one, "visits", 3);
      await cluster.run(100);
      passHours(cluster, 1);
      cluster.hit(one, "visits", 4);
      await cluster.run(100);
      passHours(cluster, 1);
      cluster.hit(one, "visits", 5);
      await cluster.run(3_000);
      cluster.store.away = false;
      await endsExactly(cluster);
      await everyNodeShows(cluster, "visits", [3, 4, 5]);
    });

    it(`(${kind}): a node is killed in the hour after: its journal says when its hits were`, async () => {
      const cluster = await beginKeyed(2, kind);
      const [machine] = cluster.up().filter((one) => one !== cluster.leader()) as [Machine];
      cluster.store.away = true;
      cluster.hit(machine, "visits", 3);
      await cluster.run(500);
      passHours(cluster, 1);
      cluster.hit(machine, "visits", 4);
      await cluster.run(500);
      cluster.kill(machine);
      passHours(cluster, 1);
      cluster.start(machine);
      cluster.hit(machine, "visits", 5);
      cluster.store.away = false;
      await endsExactly(cluster);
      await everyNodeShows(cluster, "visits", [3, 4, 5]);
    });

    it(`(${kind}): a node hands its hits off in the hour after: its carrier says when they were`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [machine] = followersOf(cluster);
      cluster.store.away = true;
      cluster.hit(machine, "visits", 3);
      await cluster.run(12_000);
      passHours(cluster, 1);
      cluster.hit(machine, "visits", 4);
      cluster.drain(machine);
      assert.ok(await cluster.until(() => machine.life === null, 40_000));
      cluster.loseDisk(machine);
      passHours(cluster, 1);
      cluster.store.away = false;
      await endsExactly(cluster);
      await everyNodeShows(cluster, "visits", [3, 4]);
    });

    it(`H88 (${kind}): a counter is deleted and hit again, in the same hour and later ones: its days begin anew, under every leader`, async () => {
      const cluster = await beginKeyed(3, kind);
      const leader = leaderOf(cluster);
      const [one, away] = followersOf(cluster);
      cluster.hit(one, "visits", 5);
      cluster.hit(one, "votes", 2);
      await cluster.run(2_500);
      passHours(cluster, HOURS_A_DAY);
      cluster.hit(one, "visits", 6);
      await cluster.run(2_500);
      cluster.kill(away);
      await deletes(cluster, one, "visits");
      await everyNodeShows(cluster, "visits", []);
      cluster.hit(one, "visits", 3);
      await cluster.run(2_500);
      await everyNodeShows(cluster, "visits", [...Array(HOURS_A_DAY).fill(0), 3]);
      cluster.kill(leader);
      await cluster.run(8_000);
      cluster.hit(one, "visits", 1);
      await cluster.run(500);
      passHours(cluster, 1);
      cluster.start(away);
      cluster.start(leader);
      await cluster.run(8_000);
      cluster.hit(one, "visits", 7);
      await healed(cluster);
      await everyNodeShows(cluster, "visits", [...Array(HOURS_A_DAY).fill(0), 4, 7]);
      await everyNodeShows(cluster, "votes", [2]);
    });
  }

  it("hits from before midnight come after their counter was deleted: they are in its new days, in their hour", async () => {
    const cluster = await beginKeyed(3);
    const [one, late] = followersOf(cluster);
    cluster.hit(one, "visits", 5);
    await cluster.run(2_500);
    cluster.store.away = true;
    cluster.hit(late, "visits", 4);
    await cluster.run(500);
    cluster.kill(late);
    cluster.store.away = false;
    passHours(cluster, HOURS_A_DAY);
    cluster.hit(one, "visits", 6);
    await cluster.run(2_500);
    await deletes(cluster, one, "visits");
    cluster.start(late);
    cluster.hit(one, "visits", 2);
    await healed(cluster);
    await everyNodeShows(cluster, "visits", [4, ...Array(HOURS_A_DAY - 1).fill(0), 2]);
  });

  it("a node that missed a deletion and what came after it shows neither the days of before nor their sum", async () => {
    const cluster = await beginKeyed(3);
    const [one, other] = followersOf(cluster);
    cluster.hit(one, "visits", 5);
    await cluster.run(4_000);
    for (const ms of [1_500, 30_000]) {
      cluster.pause(one);
      await deletes(cluster, other, "visits");
      cluster.hit(other, "visits", 2);
      await cluster.run(ms);
      cluster.wake(one);
      await healed(cluster);
      await everyNodeShows(cluster, "visits", [2]);
    }
  });

  it("a set is no hits: the days stay", async () => {
    const cluster = await beginKeyed(3);
    const [one] = followersOf(cluster);
    cluster.hit(one, "visits", 5);
    await cluster.run(2_500);
    await adjusts(cluster, one, { action: "set", counter: "visits", value: 0n, region: null, ifMatch: null });
    cluster.hit(one, "visits", 2);
    await healed(cluster);
    await everyNodeShows(cluster, "visits", [7]);
  });

  it("H56: one clock says 2040, another one 1970: neither makes a day, and no day goes", async () => {
    const cluster = await beginKeyed(3);
    const [one, two] = followersOf(cluster);
    cluster.hit(one, "visits", 1);
    await cluster.run(2_500);
    jump([one], 15 * 365 * HOURS_A_DAY * HOUR_MS);
    jump([two], -50 * 365 * HOURS_A_DAY * HOUR_MS);
    cluster.hit(one, "visits", 2);
    cluster.hit(two, "visits", 3);
    await endsExactly(cluster);
    await everyNodeShows(cluster, "visits", [6]);
  });

  it("H56: the leader's clock says 2040: the others' clocks decide", async () => {
    const cluster = await beginKeyed(3);
    jump([leaderOf(cluster)], 15 * 365 * HOURS_A_DAY * HOUR_MS);
    cluster.hit(leaderOf(cluster), "visits", 2);
    cluster.hit(followersOf(cluster)[0], "visits", 3);
    await endsExactly(cluster);
    await everyNodeShows(cluster, "visits", [5]);
  });

  it("H56: a journal comes back when its day is closed: its hits count for the hour of the commit", async () => {
    const cluster = await beginKeyed(2);
    const [machine] = cluster.up().filter((one) => one !== cluster.leader()) as [Machine];
    cluster.hit(leaderOf(cluster), "visits", 1);
    await cluster.run(2_500);
    cluster.store.away = true;
    cluster.hit(machine, "visits", 3);
    await cluster.run(500);
    cluster.kill(machine);
    cluster.store.away = false;
    passHours(cluster, 3 * HOURS_A_DAY);
    cluster.start(machine);
    await endsExactly(cluster);
    await everyNodeShows(cluster, "visits", [1, ...Array(3 * HOURS_A_DAY - 1).fill(0), 3]);
  });

  it("a journal of 0.1.0 has no hours: its hits count for the hour of the commit", async () => {
    const cluster = await beginKeyed(2);
    cluster.accounts.hours.tolerant = true;
    const [machine] = cluster.up().filter((one) => one !== cluster.leader()) as [Machine];
    cluster.store.away = true;
    if (machine.disk) machine.disk.old = true;
    cluster.hit(machine, "visits", 3);
    await cluster.run(500);
    cluster.kill(machine);
    if (machine.disk) machine.disk.old = false;
    cluster.store.away = false;
    passHours(cluster, 1);
    cluster.start(machine);
    await endsExactly(cluster);
    await everyNodeShows(cluster, "visits", [0, 3]);
  });

  it("a keyed hit has the hour in which its request came, whenever it is committed", async () => {
    const cluster = await beginKeyed(3);
    const [one] = followersOf(cluster);
    cluster.keyedHit(one, cluster.key(), { counter: "votes" });
    await cluster.run(3_000);
    cluster.keyedHit(one, cluster.key(), { by: 3 });
    passHours(cluster, 1);
    await endsExactly(cluster);
    await everyNodeShows(cluster, "visits", [3]);
  });

  it("the ledger of a backup is restored and adopted: days are as they were, and what nodes hold is in its hour", async () => {
    const cluster = await beginKeyed(3);
    const [one] = followersOf(cluster);
    cluster.hit(one, "visits", 2);
    await cluster.run(2_500);
    cluster.store.saveBackup();
    cluster.hit(one, "votes", 5);
    await cluster.run(2_500);
    cluster.store.restore();
    cluster.hit(one, "visits", 3);
    await cluster.run(100);
    passHours(cluster, 1);
    cluster.hit(one, "visits", 4);
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 30_000));
    await cluster.adopt();
    await cluster.run(8_000);
    await everyNodeShows(cluster, "visits", [5, 4]);
    await everyNodeShows(cluster, "votes", []);
  });

  it("the store is restored while a new node reads the days: it shows none that lack hits which it heard of", async () => {
    let loaded = 0;
    for (let ms = 0; ms < 80; ms += 2) {
      const cluster = await beginKeyed(3);
      cluster.store.saveBackup();
      cluster.hit(leaderOf(cluster), "visits", 5);
      await cluster.run(2_500);
      const fresh = cluster.machine("fresh");
      cluster.start(fresh);
      assert.ok(await cluster.until(() => fresh.life?.node.read("visits")?.committed === 5n, 5_000));
      await cluster.run(ms);
      cluster.store.restore();
      await cluster.run(3_000);
      const found = fresh.life?.node.hitsByHour("visits", FIRST, FIRST + 1);
      if (found === "loading") loaded++;
      else assert.deepEqual(shownBy(fresh, "visits"), [5], `restored after ${ms} ms`);
    }
    assert.ok(loaded > 0, "the store is never restored in time");
  });

  it("a node that missed changes reads its days anew, and answers meanwhile as of before", async () => {
    const cluster = await beginKeyed(3, "etcd", 1, { copies: { countersInPart: 1 } });
    const [one] = followersOf(cluster);
    cluster.hit(one, "visits", 1);
    await cluster.run(4_000);
    const before = shownBy(one, "visits");
    cluster.pause(one);
    for (const machine of cluster.up().filter((other) => other !== one)) cluster.hit(machine, "visits", 2);
    await cluster.run(30_000);
    cluster.wake(one);
    assert.deepEqual(before, [1]);
    await endsExactly(cluster);
    await everyNodeShows(cluster, "visits", [5]);
  });

  it("every node tells the busiest counters of a day, through deletions, fail-over, and changes that it missed", async () => {
    const cluster = await beginKeyed(3, "etcd", 1, { copies: { countersInPart: 1 } });
    const [one, two] = followersOf(cluster);
    const hitAll = async (times: number) => {
      for (const [at, machine] of cluster.up().entries())
        for (let counter = 0; counter < 6; counter++)
          cluster.hit(machine, `c${counter}`, 1 + ((times * counter + at) % 5));
      await cluster.run(3_000);
    };
    await hitAll(1);
    await everyNodeTellsTheBusiest(cluster);
    await hitAll(2);
    await deletes(cluster, one, "c3");
    await everyNodeTellsTheBusiest(cluster);
    cluster.hit(one, "c3", 2);
    cluster.kill(leaderOf(cluster));
    await cluster.run(10_000);
    await hitAll(3);
    await everyNodeTellsTheBusiest(cluster);
    cluster.pause(two);
    await hitAll(4);
    await cluster.run(30_000);
    cluster.wake(two);
    await healed(cluster);
    await everyNodeTellsTheBusiest(cluster);
    passHours(cluster, HOURS_A_DAY);
    await hitAll(5);
    await everyNodeTellsTheBusiest(cluster);
  });

  it("while the store is away, every node answers, and a new one says that it has not read the days", async () => {
    const cluster = await beginKeyed(3);
    cluster.hit(leaderOf(cluster), "visits", 7);
    await cluster.run(4_000);
    cluster.store.away = true;
    await cluster.run(5_000);
    await everyNodeShows(cluster, "visits", [7]);
    const fresh = cluster.machine("fresh");
    cluster.start(fresh);
    await cluster.run(5_000);
    assert.equal(fresh.life?.node.hitsByHour("visits", FIRST, FIRST + 1), "loading");
    cluster.store.away = false;
    await endsExactly(cluster);
    await everyNodeShows(cluster, "visits", [7]);
  });

  it("a ledger of format 1 has no days, and they begin when it is converted", async () => {
    const cluster = await begin(2);
    const [one] = cluster.up() as [Machine];
    assert.ok(["upgrading", "loading"].includes(one.life?.node.hitsByHour("visits", FIRST, FIRST + 1) as string));
    cluster.hit(one, "visits", 2);
    assert.ok(await cluster.until(() => ledgerOf(cluster).layout !== null, 20_000));
    await cluster.run(2_000);
    cluster.hit(one, "visits", 3);
    await endsExactly(cluster);
    await everyNodeShows(cluster, "visits", [3]);
  });

  it("days that are too many go, the oldest first, on every node", async () => {
    const cluster = await beginKeyed(2);
    for (let day = 0; day < MAX_DAYS + 3; day++) {
      cluster.hit(leaderOf(cluster), "visits", 1);
      await cluster.run(100);
      assert.ok(await cluster.until(() => cluster.up().every(hasNothingPending), 10_000), "a hit is not committed");
      passHours(cluster, HOURS_A_DAY);
    }
    cluster.hit(leaderOf(cluster), "visits", 1);
    await cluster.run(5_000);
    const { days, daysFrom } = ledgerOf(cluster);
    assert.equal(days.size, MAX_DAYS);
    assert.ok(daysFrom > FIRST);
    assert.equal(cluster.droppedDays, 4);
    for (const { life } of cluster.up()) {
      const found = life?.node.hitsByHour("visits", 0, FIRST * 2);
      assert.ok(typeof found === "object", String(found));
      assert.equal(found.hits.length, MAX_DAYS);
      assert.equal(dayOf(found.since ?? 0), dayOf(daysFrom));
    }
    const kept = [...cluster.store.entries.keys()].filter((name) => name.startsWith("days/"));
    assert.ok(
      kept.every((name) => name >= "days/2023-11-15"),
      kept[0],
    );
  });
});

function deletes(cluster: SimCluster, machine: Machine, counter: string): Promise<void> {
  return adjusts(cluster, machine, { action: "delete", counter, ifMatch: null });
}

/** Nobody hits or deletes meanwhile. */
async function everyNodeTellsTheBusiest(cluster: SimCluster): Promise<void> {
  const day = dayOf(hourAt(cluster.world.wallStart));
  const { days, totals } = ledgerOf(cluster);
  const hits = [...totals].map(([counter]) => `${counter} ${days.hitsOfDay(counter, day)}`);
  const expected = hits.filter((text) => !text.endsWith(" 0")).sort();
  assert.ok(expected.length >= 5, String(expected));
  for (const { name, life } of cluster.up()) {
    const told = await life?.node.busiest(day);
    assert.deepEqual(told?.map(({ counter, committed }) => `${counter} ${committed}`).sort(), expected, name);
  }
}

/** Until it is done, and every node that runs has heard of it. */
async function adjusts(cluster: SimCluster, machine: Machine, change: AdjustmentChange): Promise<void> {
  let done = false;
  cluster.adjust(machine, cluster.key(), change, (outcome) => {
    done = outcome.done === true;
  });
  assert.ok(await cluster.until(() => done, 14_000), "it is not adjusted");
  await cluster.run(1_500);
}

/** Ends all faults: all hits are committed, and the books agree with the ledger. */
async function healed(cluster: SimCluster): Promise<void> {
  await heal(cluster);
  await cluster.run(4_000);
  cluster.accounts.checkPages();
  cluster.accounts.checkLedger(cluster.store);
}

function hasNothingPending({ life }: Machine): boolean {
  return life?.node.statistics().pending === 0;
}

function passHours(cluster: SimCluster, hours: number): void {
  cluster.world.wallStart += hours * HOUR_MS;
}

/** Hits of each hour since the story began, as this node shows them. */
function shownBy({ name, life }: Machine, counter: string): number[] {
  const found = life?.node.hitsByHour(counter, 0, FIRST * 2);
  assert.ok(typeof found === "object", `${name} is ${found}`);
  const shown: number[] = [];
  for (const { hour, hits } of found.hits) {
    assert.ok(Math.abs(hour - FIRST) < 1_000, `${name} has hits in hour ${hour}, and the story began in ${FIRST}`);
    while (shown.length < hour - FIRST) shown.push(0);
    shown.push(hits);
  }
  return shown;
}

async function everyNodeShows(cluster: SimCluster, counter: string, hits: readonly number[]): Promise<void> {
  const loaded = () => cluster.up().every(({ life }) => typeof life?.node.hitsByHour(counter, 0, 1) === "object");
  assert.ok(await cluster.until(loaded, 10_000), "a node did not read its days");
  for (const machine of cluster.up()) assert.deepEqual(shownBy(machine, counter), hits, machine.name);
}
