import assert from "node:assert/strict";
import { SETTINGS, SimCluster } from "../cluster.ts";
import {
  acknowledged,
  begin,
  elections,
  endsExactly,
  followersOf,
  hitEverywhere,
  KINDS,
  leaderOf,
  total,
} from "./story.ts";

/** Whenever a leader dies, hangs or cannot commit, another one leads: one at a time, and within seconds. Nothing is lost or counted twice. */
describe("histories: failover", () => {
  for (const kind of KINDS) {
    it(`H2 (${kind}): a zombie read the ledger before a source came that has left again when it wakes`, async () => {
      const cluster = await begin(3, kind);
      hitEverywhere(cluster, 8_000);
      const zombie = leaderOf(cluster);
      cluster.pause(zombie);
      await cluster.run(4_500);
      const guest = cluster.machine("guest");
      cluster.start(guest);
      await cluster.run(1_500);
      cluster.drain(guest);
      await cluster.run(1_200);
      cluster.wake(zombie);
      await endsExactly(cluster);
    });

    it(`H7, H8 (${kind}): a leader dies at any moment of its round, and no page goes backwards`, async () => {
      for (let moment = 0; moment < 1_050; moment += 35) {
        const cluster = await begin(3, kind, moment);
        hitEverywhere(cluster, 2_000, 7);
        await cluster.run(1_000 + moment);
        const leader = leaderOf(cluster);
        cluster.kill(leader);
        await cluster.run(200);
        cluster.start(leader);
        await endsExactly(cluster);
      }
    });

    it(`(${kind}): one leader leads on through intervals that are longer than its lease, as a write budget stretches them`, async () => {
      const settings = { ...SETTINGS, leader: { ...SETTINGS.leader, interval: 8_000 } };
      const cluster = new SimCluster(1, kind, { settings });
      for (const name of ["node-1", "node-2", "node-3"]) cluster.start(cluster.machine(name));
      assert.ok(await cluster.until(() => cluster.up().every(({ life }) => life?.node.cluster().ledger), 30_000));
      const before = elections(cluster);
      hitEverywhere(cluster, 60_000, 500);
      await cluster.run(80_000);
      assert.equal(elections(cluster), before);
      assert.equal(total(cluster), acknowledged(cluster));
    });

    it(`H18 (${kind}): a leader wakes after its lease, resigns, and leaves the next leader's key alone`, async () => {
      const cluster = await begin(3, kind);
      const old = leaderOf(cluster);
      cluster.pause(old);
      await cluster.until(() => cluster.store.elections === 2, 8_000);
      await cluster.run(500);
      cluster.wake(old);
      await cluster.run(5_000);
      assert.equal(elections(cluster), 2);
      await endsExactly(cluster);
    });
    it(`H21 (${kind}): a leader whose rounds are stuck loses its lease, and another commits`, async () => {
      const cluster = await begin(3, kind);
      cluster.store.deafTo = leaderOf(cluster).name;
      const [follower] = followersOf(cluster);
      await cluster.run(1_500);
      cluster.hit(follower);
      const before = total(cluster);
      assert.ok(await cluster.until(() => total(cluster) > before, 8_000), "nobody took over");
    });
  }

  it("H22: the answer to a campaign is lost: the key does not belong to a node that does not lead for long", async () => {
    const cluster = await begin(3);
    cluster.kill(leaderOf(cluster));
    await cluster.run(2_300);
    cluster.store.loseAnswers = 1;
    await cluster.run(2_000);
    cluster.store.loseAnswers = 0;
    assert.ok(await cluster.until(() => cluster.leader() !== undefined, 6_000), "nobody leads");
    await endsExactly(cluster);
  });

  it("H23: a node that discovery overlooks knocks, is collected, and campaigns for nothing", async () => {
    const cluster = await begin(3);
    cluster.network.authenticates = true;
    cluster.store.overlooks = "guest";
    const guest = cluster.machine("guest");
    cluster.start(guest);
    await cluster.run(500);
    cluster.hit(guest);
    const before = total(cluster);
    assert.ok(await cluster.until(() => total(cluster) > before, 5_000), "its hit was not collected");
    assert.equal(elections(cluster), 1);
    await endsExactly(cluster);
  });
});
