import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { acknowledged, begin, elections, endsExactly, hitEverywhere, KINDS, leaderOf } from "./story.ts";

/** What a head of a newer release says. */
const NEWER = [
  { format: 3 },
  { format: 9, reads: 9, writes: 9 },
  // It may be read by a program of today, and not be written.
  { format: 1, reads: 1, writes: 3 },
  { format: 1, reads: 3, writes: 3 },
] as const;

/** A program that is too old for the ledger makes room for one that is not, and what it acknowledged is counted by that one. */
describe("histories: a ledger of a newer format", () => {
  for (const [at, formats] of NEWER.entries()) {
    const kind = KINDS[at % KINDS.length];

    it(`${JSON.stringify(formats)}: a leader that is too old says so and resigns, and a newer node leads as soon as there is one`, async () => {
      const cluster = await begin(3, kind, at + 1);
      hitEverywhere(cluster, 40_000, 150);
      await cluster.run(2_000);
      cluster.store.formats = formats;
      cluster.kill(leaderOf(cluster));
      const told = ({ life }: Machine) => /upgrade the program/.test(life?.node.cluster().storeDetail ?? "");
      assert.ok(await cluster.until(() => cluster.up().every(told), 20_000), "no page says what to do");
      const before = elections(cluster);
      const taken = acknowledged(cluster);
      await cluster.run(25_000);
      assert.ok(elections(cluster) >= before + 2, "somebody keeps a key that is of no use");
      assert.ok(elections(cluster) <= before + 12, "the key goes round and round");
      assert.ok(acknowledged(cluster) > taken, "hits are refused");
      assert.ok(cluster.up().every((machine) => machine.life?.node.healthy() && told(machine)));
      cluster.newer.add("new");
      cluster.start(cluster.machine("new"));
      assert.ok(await cluster.until(() => cluster.leader()?.name === "new", 15_000), "the newer node does not lead");
      await cluster.run(15_000);
      assert.equal(cluster.leader()?.name, "new");
      await endsExactlyWithoutOld(cluster);
    });
  }

  for (const order of ["the leader first", "the leader last"])
    it(`an upgrade of all nodes, ${order}: nothing is lost or counted twice`, async () => {
      for (let seed = 1; seed <= 6; seed++) {
        const cluster = await begin(3, KINDS[seed % KINDS.length], seed);
        hitEverywhere(cluster, 30_000, 90);
        await cluster.run(1_500);
        cluster.store.formats = { format: 3 };
        const leader = leaderOf(cluster);
        const others = cluster.up().filter((machine) => machine !== leader);
        for (const machine of order === "the leader first" ? [leader, ...others] : [...others, leader]) {
          cluster.newer.add(machine.name);
          cluster.drain(machine);
          assert.ok(await cluster.until(() => machine.life === null, 40_000), "it does not leave");
          cluster.start(machine);
          await cluster.run(2_000);
        }
        await cluster.run(20_000);
        await endsExactly(cluster);
      }
    });
});

/** Old nodes whose processes ended come back as newer ones. */
async function endsExactlyWithoutOld(cluster: SimCluster): Promise<void> {
  for (const { name } of cluster.machines.values()) cluster.newer.add(name);
  await endsExactly(cluster);
}
