import assert from "node:assert/strict";
import type { HitOutcome } from "../../../internal/ports/counting.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { acknowledged, begin, endsExactly, followersOf, hitEverywhere, KINDS, leaderOf, total } from "./story.ts";

/** Half a hit. It cannot come from outside; here it stands for any state that contradicts itself. */
function breakInvariant({ life }: Machine): HitOutcome[] {
  const outcomes: HitOutcome[] = [];
  life?.node.hit("visits", 0.5, (outcome) => void outcomes.push(outcome));
  return outcomes;
}

/** Ends the process and starts another on its disk. What the first one held must be counted. */
async function restartsExactly(cluster: SimCluster, machine: Machine): Promise<void> {
  cluster.kill(machine);
  cluster.start(machine);
  await cluster.run(3_000);
  assert.equal(total(cluster), acknowledged(cluster));
}

// A node that finds a broken invariant acknowledges and commits nothing more. It loses nothing that it has acknowledged.
describe("histories: a node halts", () => {
  for (const kind of KINDS) {
    it(`a follower halts under load: it refuses, the others count on, its journal is counted after a restart (${kind})`, async () => {
      const cluster = await begin(3, kind);
      const [follower] = followersOf(cluster);
      hitEverywhere(cluster, 1_500);
      await cluster.run(800);
      cluster.accounts.toleratesHalts = true;
      const outcomes = breakInvariant(follower);
      await cluster.run(1_000);
      assert.deepEqual(outcomes, [{ accepted: false, reason: "halted" }]);
      assert.equal(follower.life?.node.healthy(), false);
      assert.equal(follower.life?.node.ready(), false);
      assert.equal(follower.life?.node.statistics().brokenInvariants, 1);
      assert.ok(total(cluster) < acknowledged(cluster), "the halted node offers nothing");
      await restartsExactly(cluster, follower);
      await endsExactly(cluster);
    });
  }

  it("the leader halts: it commits nothing more, and another leads", async () => {
    const cluster = await begin(3);
    const leader = leaderOf(cluster);
    hitEverywhere(cluster, 3_000);
    await cluster.run(500);
    cluster.accounts.toleratesHalts = true;
    breakInvariant(leader);
    assert.ok(await cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leader, 10_000));
    await restartsExactly(cluster, leader);
    await endsExactly(cluster);
  });

  it("a halted node that is told to leave leaves at once, and says what is left in its journal", async () => {
    const cluster = await begin(3);
    const [follower] = followersOf(cluster);
    cluster.store.away = true;
    for (let i = 0; i < 5; i++) cluster.hit(follower);
    await cluster.run(100);
    cluster.accounts.toleratesHalts = true;
    breakInvariant(follower);
    await cluster.run(100);
    cluster.store.away = false;
    const report = follower.life?.node.drain();
    await cluster.run(1_000);
    assert.deepEqual(await report, { handedOver: 0, left: 5, kept: true });
    await restartsExactly(cluster, follower);
    await endsExactly(cluster);
  });
});
