import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ViewJson } from "../../internal/adapters/http/visits/view_response.ts";
import { visitorsOf } from "../../internal/core/visits/visitors.ts";
import { needs } from "../needs.ts";
import type { RealCluster } from "./real_cluster.ts";
import { onSqlite } from "./stores.ts";

const SITE = "blog.example";
const PAGE = `${SITE}/posts/1`;
const VISITORS = 1_000;
const AT_ONCE = 32;
const TIMEOUT_MS = 600_000;

/** A thousand visitors, told apart by the names of their browsers, come to any node again and again. Nobody is ever counted twice. */
describe("visitors of real nodes", () => {
  onSqlite((store) => {
    it("count once through kill -9 of the leader and of a node; who comes again afterwards is counted", async function () {
      needs(this, "more time");
      this.timeout(TIMEOUT_MS);
      const cluster = await store.cluster({ flags: ["--conversion-delay", "0s"] });
      await cluster.until("views of pages count", async () => (await view(cluster, 0)) === "counted");
      await cluster.until("the visitor is counted", async () => (await visitors(cluster, SITE)) === 1);
      const everyone = Array.from({ length: VISITORS }, (_, who) => who);
      const busy = comeAll(cluster, [...everyone, ...everyone]);
      await cluster.until("half of them came", async () => (await visitors(cluster, SITE)) > VISITORS / 4);
      const leader = await cluster.leader();
      await leader.kill();
      await sleep(3_000);
      await leader.start();
      const [follower] = await cluster.followers();
      await follower!.kill();
      await follower!.start();
      await busy;
      for (const counter of [SITE, PAGE]) assert.ok((await visitors(cluster, counter)) <= VISITORS, counter);
      await comeAll(cluster, everyone);
      await cluster.until("all are counted", async () => (await visitors(cluster, PAGE)) >= VISITORS);
      await comeAll(cluster, everyone);
      await sleep(3_000);
      for (const counter of [SITE, PAGE]) assert.equal(await visitors(cluster, counter), VISITORS, counter);
    });
  });
});

/** Each of these visitors views the page, at any node. Views that are not answered are sent again, until the test has ended. */
async function comeAll(cluster: RealCluster, visitors: readonly number[]): Promise<void> {
  const turns = [...visitors];
  const next = async () => {
    for (let who = turns.shift(); who !== undefined; who = turns.shift())
      while (cluster.running.length > 0 && (await view(cluster, who)) !== "counted") await sleep(100);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

async function view(cluster: RealCluster, who: number): Promise<"counted" | "not counted"> {
  const { running } = cluster;
  const node = running[(who * 7 + Math.floor(performance.now())) % running.length];
  try {
    const response = await fetch(`${node?.url}/v1/visits?site=${SITE}&path=/posts/1`, {
      method: "POST",
      headers: { "user-agent": `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.${who}` },
    });
    return ((await response.json()) as ViewJson).counted === true ? "counted" : "not counted";
  } catch {
    return "not counted";
  }
}

/** Visitors of `counter`, as a node that is asked now knows them. */
async function visitors(cluster: RealCluster, counter: string): Promise<number> {
  const leader = await cluster.leader();
  const found = await leader.get(`/v1/counters/${encodeURIComponent(visitorsOf(counter))}`).catch(() => null);
  return Number((found as { committed?: number } | null)?.committed ?? 0);
}
