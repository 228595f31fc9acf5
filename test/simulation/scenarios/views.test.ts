import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { begin, endsExactly, followersOf, KINDS, ledgerOf, total } from "./story.ts";

const SITE = "blog.example";
const PAGE = "blog.example/posts/1";
const VISITS = "blog.example/_visits";

/** A view counts for its page, its site and perhaps as a visit: for all of them or for none, whatever happens to its node. */
describe("views of a site's pages", () => {
  for (const kind of KINDS)
    it(`count for page, site and visits together when their node is killed at any moment (${kind})`, async () => {
      for (let moment = 0; moment < 1_050; moment += 70) {
        const cluster = await beginWithNames(3, kind, moment + 1);
        const [node] = followersOf(cluster);
        viewsOn(cluster, node, 1_000);
        await cluster.run(moment);
        cluster.kill(node);
        await cluster.run(50);
        cluster.start(node);
        await endsExactly(cluster);
        assertTogether(cluster);
      }
    });

  for (const intact of [true, false])
    it(`count together when writes fail after any number of them (${intact ? "cut off again" : "and cannot be cut off"})`, async () => {
      for (let room = 0; room < 12; room++) {
        const cluster = await beginWithNames(3, "etcd", room + 1);
        const [node] = followersOf(cluster);
        const disk = node.disk!;
        viewsOn(cluster, node, 300);
        await cluster.run(50);
        disk.room = room;
        if (room === 5) disk.shortWrite = { intact };
        await cluster.run(200);
        disk.room = Number.POSITIVE_INFINITY;
        await cluster.run(500);
        cluster.kill(node);
        cluster.start(node);
        await endsExactly(cluster);
        assertTogether(cluster);
      }
    });

  for (const before of [999, 1_000, 1_999])
    it(`count together, or are refused, after ${before} other hits of one turn, of whose writes the last one fails`, async () => {
      const cluster = await beginWithNames(3);
      const [node] = followersOf(cluster);
      cluster.hitEach(node, [SITE, PAGE]);
      await cluster.run(100);
      node.disk!.room = Math.floor((before + 1) / 1_000);
      for (let n = 0; n < before; n++) cluster.hit(node);
      cluster.hitEach(node, [SITE, PAGE]);
      await cluster.run(10);
      node.disk!.room = Number.POSITIVE_INFINITY;
      await endsExactly(cluster);
      assertTogether(cluster);
      assert.ok(cluster.accounts.refused > 0, "no write failed");
    });

  it("count together when their node loses its power, and its journal is stale", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = await beginWithNames(3, "etcd", seed);
      const [node] = followersOf(cluster);
      viewsOn(cluster, node, 1_500);
      await cluster.run(600 + 37 * seed);
      cluster.losePower(node);
      cluster.start(node);
      await cluster.run(4_000);
      cluster.accounts.checkLedger(cluster.store);
      assertTogether(cluster);
    }
  });

  for (const kind of KINDS)
    it(`are refused while a node of the release 0.1.0 may be there, which cannot read their names (${kind})`, async () => {
      const cluster = await begin(2, kind);
      const old = cluster.machine("old");
      cluster.network.older.add("old");
      cluster.start(old);
      await cluster.run(5_000);
      const [node] = cluster.up() as [Machine];
      cluster.hitEach(node, [SITE, PAGE]);
      cluster.hit(node, PAGE);
      cluster.hit(node, SITE);
      await cluster.run(2_000);
      assert.equal(cluster.accounts.refused, 2);
      cluster.drain(old);
      assert.ok(await cluster.until(() => old.life === null, 40_000), "it does not leave");
      await cluster.run(15_000);
      cluster.hitEach(node, [SITE, PAGE]);
      await endsExactly(cluster);
      assert.equal(total(cluster), 3);
    });

  it("are refused together where one of their counters has no room", async () => {
    const cluster = await beginWithNames(1);
    const [node] = cluster.up() as [Machine];
    const many = Array.from({ length: 20_000 }, (_, at) => `${SITE}/page-${at}`);
    cluster.hitEach(node, [SITE, ...many]);
    await cluster.run(10);
    assert.equal(cluster.accounts.refused, 1);
    cluster.hitEach(node, [SITE, PAGE]);
    await endsExactly(cluster);
    assert.equal(total(cluster), 2);
  });
});

/** A cluster whose nodes all take names with slashes. */
async function beginWithNames(...parameters: Parameters<typeof begin>): Promise<SimCluster> {
  const cluster = await begin(...parameters);
  assert.ok(await cluster.until(() => ledgerOf(cluster).layout !== null, 10_000), "it was not converted");
  await cluster.run(1_000);
  return cluster;
}

/** A view each 5 ms; each third one begins a visit. */
function viewsOn(cluster: SimCluster, node: Machine, ms: number): void {
  for (let at = 0; at < ms; at += 5)
    cluster.world.after(at, () => cluster.hitEach(node, at % 15 === 0 ? [SITE, PAGE, VISITS] : [SITE, PAGE]));
}

/** The ledger also has views whose node ended before it acknowledged them; they must be whole, too. */
function assertTogether(cluster: SimCluster): void {
  const { totals } = ledgerOf(cluster);
  const [site, page] = [SITE, PAGE].map((name) => {
    const regions = totals.get(name)?.regions.values() ?? [];
    return Number([...regions].reduce((a, b) => a + b, 0n));
  });
  assert.ok(site! > 0, "nothing was counted");
  assert.equal(page, site);
}
