import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needs } from "../needs.ts";
import { timeToNextRound } from "./failover.ts";
import { measured } from "./measured.ts";
import type { NodeProcess } from "./node_process.ts";
import type { RealCluster } from "./real_cluster.ts";
import { onEtcd, stores } from "./stores.ts";

/** A drain that nothing hinders is a matter of two rounds; on a slow machine of more, but never of its timeout. */
const PROMPT_MS = 40_000;
const LATE = ["--drain-timeout", "80s"];

/** A node that is told to stop leaves within seconds, with its hits committed, handed over, or kept in its journal. */
describe("nodes that leave", () => {
  stores((store) => {
    it("a follower, then the leader, is told to leave under load: it commits what it has and exits with 0 within seconds", async () => {
      const cluster = await store.cluster({ flags: LATE });
      cluster.load.start();
      await cluster.acknowledged(200);
      const [follower, stays] = await cluster.followers();
      await leaves(follower!);
      await cluster.acknowledged(100);
      const leader = await cluster.leader();
      const took = await timeToNextRound([stays!], () => leaves(leader));
      measured("SIGTERM of the leader to next committed round", took, 1_500);
      await cluster.acknowledged(100);
      await cluster.assertExact();
    });

    it("all nodes leave at once with everything committed, and the total goes on when they are back", async () => {
      const cluster = await store.cluster({ flags: LATE });
      cluster.load.start();
      await cluster.acknowledged(300);
      await Promise.all(cluster.nodes.map((node) => leaves(node)));
      // What had stayed behind in a journal would be missing now.
      for (const { name } of cluster.nodes) rmSync(join(cluster.folder, name), { recursive: true });
      await cluster.startAll();
      await cluster.acknowledged(100);
      await cluster.assertExact();
    });

    it("a rolling restart refuses nobody who heard that a node leaves, and breaks no connection", async function () {
      needs(this, "more time");
      this.timeout(600_000);
      const cluster = await store.cluster({ flags: ["--drain-delay", "3s"] });
      cluster.load.start();
      for (const node of cluster.nodes) {
        await cluster.acknowledged(100);
        await restarts(cluster, node);
      }
      await cluster.assertExact();
      assert.equal(cluster.load.total("unanswered"), 0);
      assert.deepEqual([...cluster.load.refusals], []);
    });
  });

  onEtcd((store) => {
    it("a node that leaves while the store is away hands its hits to another, and reports it", async () => {
      const folder = mkdtempSync(join(tmpdir(), "drain-reports-"));
      const reportOf = (name: string) => join(folder, `${name}.json`);
      const cluster = await store.cluster({ flags: (name) => [...LATE, "--drain-report", reportOf(name)] });
      cluster.load.start();
      await cluster.acknowledged(200);
      const leader = await cluster.leader();
      const [follower] = await cluster.followers();
      await store.etcd.kill();
      await cluster.acknowledged(200);
      await Promise.all([leaves(follower!), cluster.acknowledged(100)]);
      await leaves(leader);
      assert.match(follower!.output + leader.output, /hits handed off/);
      const reports = [follower!, leader].map(({ name }) => JSON.parse(readFileSync(reportOf(name), "utf8")));
      assert.deepEqual(
        reports.map(({ left }) => left),
        [0, 0],
      );
      assert.ok(
        reports.some(({ handedOver }) => handedOver > 0),
        JSON.stringify(reports),
      );
      rmSync(folder, { recursive: true });
      await store.etcd.start();
      await cluster.acknowledged(50);
      await cluster.assertExact();
    });

    it("when all leave while the store is away, their journals keep what is not committed", async () => {
      const cluster = await store.cluster({ flags: ["--drain-timeout", "3s"] });
      cluster.load.start();
      await cluster.acknowledged(200);
      await store.etcd.kill();
      await cluster.acknowledged(200);
      await Promise.all(cluster.nodes.map(leaves));
      await cluster.load.stop();
      await store.etcd.start();
      await cluster.startAll();
      await cluster.assertExact();
    });
  });
});

async function leaves(node: NodeProcess): Promise<void> {
  const began = performance.now();
  assert.equal(await node.terminate(), 0, node.output);
  const took = performance.now() - began;
  assert.ok(took < PROMPT_MS, `${node.name} took ${Math.round(took)} ms to leave:\n${node.output}`);
}

/** As a Deployment does it: clients are sent elsewhere when the node says that it is not ready, and it leaves some time after that. */
async function restarts(cluster: RealCluster, node: NodeProcess): Promise<void> {
  const ending = node.terminate();
  await cluster.until("it is unready", () =>
    node.get("/readyz").then(
      () => false,
      () => true,
    ),
  );
  node.routed = false;
  assert.equal(await ending, 0);
  await node.start();
}
