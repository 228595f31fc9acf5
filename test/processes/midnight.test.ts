import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryJson } from "../../internal/adapters/http/history/history_route.ts";
import { needs } from "../needs.ts";
import type { NodeProcess } from "./node_process.ts";
import type { RealCluster } from "./real_cluster.ts";
import { ShiftedClock } from "./shifted_clock.ts";
import { stores } from "./stores.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const COUNTER = "visits";
const COMMITTED = 7;
const UNCOMMITTED = 20;
const LATER = 5;

/** Hits belong to the hour in which they were acknowledged, also when their node is killed before they are committed, and starts a day later. */
describe("hits before and after midnight", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "midnight-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  stores((store) => {
    it("are each counted in their own day, though all nodes are killed in between", async function () {
      needs(this, "more time");
      const midnight = (Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS;
      const clock = new ShiftedClock(join(folder, "clock"));
      clock.shift(midnight - HOUR_MS / 2 - Date.now());
      const cluster = await store.cluster({ flags: ["--conversion-delay", "0s"], nodeFlags: clock.nodeFlags });
      const [follower] = await cluster.followers();
      await hit(follower!, COMMITTED);
      await cluster.healed();
      await uncommitted(cluster, follower!);

      clock.shift(midnight + HOUR_MS / 2 - Date.now());
      await cluster.startAll();
      await hit(follower!, LATER);
      const total = COMMITTED + UNCOMMITTED + LATER;
      await cluster.until("all is counted", async () => (await cluster.healed())[COUNTER] === total);

      const hours = [
        [midnight - HOUR_MS, COMMITTED + UNCOMMITTED],
        [midnight, LATER],
      ] as const;
      const days = [
        [midnight - DAY_MS, COMMITTED + UNCOMMITTED],
        [midnight, LATER],
      ] as const;
      for (const node of cluster.running) {
        assert.deepEqual(await history(node, midnight, "hour"), hours, node.name);
        assert.deepEqual(await history(node, midnight, "day"), days, node.name);
      }
    });
  });
});

/** Hits that the follower acknowledges while its leader stands still. Then all nodes are killed, before the lease has ended. */
async function uncommitted(cluster: RealCluster, follower: NodeProcess): Promise<void> {
  const leader = await cluster.leader();
  leader.signal("SIGSTOP");
  await hit(follower, UNCOMMITTED);
  const own = (await follower.view())?.nodes.find(({ name }) => name === follower.name);
  assert.equal(own?.pending, UNCOMMITTED, "nobody has committed them");
  await Promise.all(cluster.nodes.map((node) => node.kill()));
}

async function hit({ url }: NodeProcess, times: number): Promise<void> {
  const answers = Array.from({ length: times }, async () => {
    const response = await fetch(`${url}/v1/counters/${COUNTER}/hits`, { method: "POST" });
    assert.equal(response.status, 200, await response.text());
  });
  await Promise.all(answers);
}

/** The beginnings of hours or days around `midnight` that have hits, in milliseconds since 1970, and how many. */
async function history(node: NodeProcess, midnight: number, by: "hour" | "day"): Promise<[number, number][]> {
  const [from, to] = [midnight - DAY_MS, midnight + DAY_MS].map((time) => new Date(time).toISOString().slice(0, 13));
  const path = `/v1/counters/${COUNTER}/history?from=${from}:00:00Z&to=${to}:00:00Z&by=${by}`;
  const { hits } = (await node.get(path)) as HistoryJson;
  return hits.map(({ at, hits }) => [Date.parse(at), hits]);
}
