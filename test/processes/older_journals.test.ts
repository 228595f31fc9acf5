import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { needs } from "../needs.ts";
import { type NodeProcess, SCRIPT } from "./node_process.ts";
import type { RealCluster } from "./real_cluster.ts";
import { takeOutRelease } from "./release_0_1_0.ts";
import { ShiftedClock } from "./shifted_clock.ts";
import { onSqlite } from "./stores.ts";

const HOUR_MS = 3_600_000;
const CONVERTED_MS = 30_000;

/**
 * Journals are read by each other release, or left as they are: a program of 0.1.0 counts what a journal of this release has, each hit
 * once, or it refuses to start and changes nothing (docs/protocol.md, Convert).
 */
describe("a journal of this release under the release 0.1.0", () => {
  let folder: string;
  let old: string;
  before(function () {
    needs(this, "release 0.1.0");
    old = takeOutRelease();
    folder = mkdtempSync(join(tmpdir(), "older-journals-"));
  });
  after(() => {
    for (const one of [old, folder]) if (one) rmSync(one, { recursive: true, force: true });
  });

  onSqlite((store) => {
    it("has hits of two hours: each counts once there, and what 0.1.0 leaves counts once here", async () => {
      const clock = new ShiftedClock(join(folder, "clock"));
      clock.shift((Math.floor(Date.now() / HOUR_MS) + 1) * HOUR_MS - HOUR_MS / 2 - Date.now());
      const cluster = await store.cluster({ nodes: 2, nodeFlags: clock.nodeFlags });
      await counted(cluster, await hit((await cluster.followers())[0]!, 7));
      let hits = 7;
      await uncommitted(cluster, async (follower) => {
        hits += await hit(follower, 20);
        clock.shift((Math.floor(Date.now() / HOUR_MS) + 1) * HOUR_MS + HOUR_MS / 2 - Date.now());
        await cluster.until("the journal has hits of two hours", async () => {
          hits += await hit(follower, 1);
          return new Set([...text(cluster).matchAll(/"hour":(\d+)/g)].map(([, hour]) => hour)).size === 2;
        });
      });
      await startAs(cluster, join(old, "cmd", "node.ts"));
      await counted(cluster, hits);
      await uncommitted(cluster, (follower) => hit(follower, 4));
      await startAs(cluster, SCRIPT);
      await counted(cluster, hits + 4);
    });

    it("has names that 0.1.0 does not know: it does not start, changes nothing, and they are counted here", async () => {
      const cluster = await converted(store);
      await uncommitted(cluster, async (follower) => {
        await hit(follower, 3);
        await hit(follower, 4, "site/page");
      });
      const before = text(cluster);
      const [holder] = cluster.nodes.filter((node) => journals(cluster, node).includes("site/page"));
      assert.ok(holder, "nobody holds the hits");
      holder.script = join(old, "cmd", "node.ts");
      holder.moreFlags = [];
      holder.launch();
      assert.notEqual(await holder.ending(), 0);
      assert.match(holder.output, /does not understand: .*site\/page.*nothing was changed/s);
      assert.equal(text(cluster), before);
      await startAs(cluster, SCRIPT);
      await counted(cluster, 3);
      await counted(cluster, 4, "site/page");
    });

    it("and hits that 0.1.0 takes over a ledger that it cannot read are counted here", async () => {
      const cluster = await converted(store);
      await uncommitted(cluster, (follower) => hit(follower, 6));
      await startAs(cluster, join(old, "cmd", "node.ts"), false);
      let taken = 0;
      await cluster.until("a node of 0.1.0 takes hits", async () => {
        for (const node of cluster.nodes) taken += await hit(node, 1).catch(() => 0);
        return taken > 0;
      });
      assert.match(text(cluster), /"visits":/);
      for (const node of cluster.nodes) await node.kill();
      await startAs(cluster, SCRIPT);
      await counted(cluster, 6 + taken);
    });
  });
});

/** Two nodes whose ledger has format 2. */
async function converted(store: { cluster(options: object): Promise<RealCluster> }): Promise<RealCluster> {
  const cluster = await store.cluster({ nodes: 2 });
  for (const node of cluster.nodes) {
    await node.terminate();
    node.moreFlags = ["--conversion-delay", "0s"];
    await node.start();
  }
  const isConverted = () => cluster.nodes.some(({ output }) => output.includes("ledger converted"));
  await cluster.until("the ledger is converted", isConverted, CONVERTED_MS);
  return cluster;
}

/** Hits that the follower acknowledges while nobody can commit. Then all nodes are killed. */
async function uncommitted(cluster: RealCluster, act: (follower: NodeProcess) => Promise<unknown>): Promise<void> {
  const [follower] = await cluster.followers();
  const other = new DatabaseSync(cluster.storeFile, { timeout: 10_000 });
  // However long it takes: were only the leader stopped, the follower would lead soon.
  other.exec("BEGIN IMMEDIATE");
  try {
    await act(follower!);
    for (const node of cluster.nodes) await node.kill();
  } finally {
    other.close();
  }
}

async function startAs(cluster: RealCluster, script: string, whenReady = true): Promise<void> {
  for (const node of cluster.nodes) {
    node.script = script;
    if (script !== SCRIPT) node.moreFlags = [];
  }
  if (whenReady) return cluster.startAll();
  for (const node of cluster.nodes) node.launch();
}

async function counted(cluster: RealCluster, total: number, counter = "visits"): Promise<void> {
  await cluster.until(`${counter} is ${total}`, async () => (await cluster.healed())[counter] === total);
}

/** Resolves to `times`. */
async function hit({ url }: NodeProcess, times: number, counter = "visits"): Promise<number> {
  for (let at = 0; at < times; at++) {
    const response = await fetch(`${url}/v1/counters/${counter}/hits`, { method: "POST" });
    assert.equal(response.status, 200, await response.text());
  }
  return times;
}

function text(cluster: RealCluster): string {
  return cluster.nodes.map((node) => journals(cluster, node)).join("");
}

function journals({ folder }: RealCluster, { name }: NodeProcess): string {
  const journals = join(folder, name, "journals");
  return readdirSync(journals)
    .sort()
    .map((file) => `${file}\n${readFileSync(join(journals, file), "utf8")}`)
    .join("");
}
