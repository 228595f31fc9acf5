import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { eventually } from "../../../eventually.ts";
import { RealCluster } from "../../../processes/real_cluster.ts";

/** While the store is lost, no leader collects: a page knows only its own node's pending hits, and says since when it does not know the others'. */
describe("the page of a real node while the store is lost", () => {
  let cluster: RealCluster;
  before(async () => {
    cluster = await RealCluster.start();
  });
  after(() => cluster.end(false));

  async function pendingOn(url: string, name: string): Promise<string | undefined> {
    const html = (await (await fetch(url)).text()).replaceAll("&#160;", " ");
    const row = html.split("<tr ").find((row) => row.includes(`>${name}<`));
    return /data-column="pending"[^>]*>([^<]*)</.exec(row ?? "")?.[1];
  }

  it("says since when another node's pending hits are unknown, and what its own are", async () => {
    const [first, second] = cluster.nodes;
    await eventually(async () => (await pendingOn(first!.url, second!.name)) === "0");
    for (const suffix of ["", "-wal", "-shm"]) rmSync(cluster.storeFile + suffix, { force: true });
    await eventually(async () => /unknown for \d+ s/.test((await pendingOn(first!.url, second!.name)) ?? ""));
    for (let hits = 0; hits < 5; hits++)
      assert.equal((await fetch(`${second!.url}/v1/counters/blog/hits`, { method: "POST" })).status, 200);
    await eventually(async () => Number(await pendingOn(second!.url, second!.name)) >= 5);
    assert.match((await pendingOn(first!.url, second!.name)) ?? "", /^unknown for \d+ (s|min)$/);
  });
});
