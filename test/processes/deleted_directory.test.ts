import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { needs } from "../needs.ts";
import { NodeProcess } from "./node_process.ts";
import { type RealCluster, storeStates } from "./real_cluster.ts";
import { onSqlite } from "./stores.ts";

const MADE_ANEW = /ERROR data directory is missing; .*WARNING data directory was created again/s;

/**
 * `rm -rf` of a data directory that a node is using. The node notices within a second, says so on page, log and metric, and takes hits
 * only into a directory that it could make anew, with all that it holds: from then on, kill -9 loses nothing.
 */
describe("a data directory that is deleted under a running node", () => {
  onSqlite((store) => {
    it("under load, again and again: the node makes it anew, is killed, and all that was acknowledged is counted", async function () {
      needs(this, "more time");
      const cluster = await store.cluster();
      cluster.load.start();
      for (const node of cluster.nodes) {
        await cluster.acknowledged(100);
        rmSync(directoryOf(cluster, node), { recursive: true, maxRetries: 5 });
        await cluster.until("the node makes it anew", async () => MADE_ANEW.test(node.output));
        await cluster.acknowledged(50);
        await node.kill();
        await node.start();
      }
      assert.deepEqual(
        [...cluster.load.refusals.keys()].filter((why) => why !== "ECONNREFUSED"),
        [],
      );
      await cluster.assertExact();
    });

    it("and cannot be made anew: the node refuses hits, is not ready, and says so, until it can", async () => {
      const cluster = await store.cluster();
      const [node, other] = cluster.nodes as [NodeProcess, NodeProcess];
      const directory = directoryOf(cluster, node);
      cluster.load.start();
      await cluster.acknowledged(150);
      rmSync(directory, { recursive: true, maxRetries: 5 });
      writeFileSync(directory, "a file");
      await cluster.until("hits are refused", () => (cluster.load.refusals.get("journal") ?? 0) > 20);
      assert.equal((await fetch(`${node.url}/readyz`)).status, 503);
      for (const { url } of [node, other]) {
        await cluster.until("its state is seen", async () => (await stateOf(url, node)) === "refusing");
        await cluster.until("the page tells", async () =>
          /refuses hits/.test(await (await fetch(`${url}/c/looks`, { headers: { Accept: "text/html" } })).text()),
        );
      }
      const metrics = await (await fetch(`${node.url}/metrics`)).text();
      assert.match(metrics, /^global_cluster_data_directory_losses_total 1$/m);
      assert.match(metrics, /^global_cluster_nodes\{state="refusing"\} 1$/m);
      assert.equal(node.output.match(/could not be created again/g)?.length, 1);
      rmSync(directory);
      await cluster.until("it is ready", async () => (await fetch(`${node.url}/readyz`)).ok);
      await cluster.until("it counts", async () => (await stateOf(node.url, node)) === "counting");
      await cluster.acknowledged(150);
      await node.kill();
      await node.start();
      await cluster.assertExact();
    });

    it("with those of all nodes and the store: each makes its own anew, the store is told to be lost, nothing more is lost", async function () {
      needs(this, "more time");
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(150);
      for (const name of readdirSync(cluster.folder))
        rmSync(join(cluster.folder, name), { recursive: true, force: true, maxRetries: 5 });
      await cluster.until("each node makes its own anew", async () => {
        return cluster.nodes.every(({ output }) => MADE_ANEW.test(output));
      });
      await cluster.until("all say that the store is lost", async () => {
        return (await storeStates(cluster)).every((state) => state === "lost");
      });
      await cluster.acknowledged(100);
      await cluster.load.stop();
      const pending = await pendingOf(cluster);
      assert.ok(pending > 100);
      for (const node of cluster.nodes) await node.kill();
      for (const node of cluster.nodes) await node.start();
      await cluster.until("they hold the same hits", async () => (await pendingOf(cluster)) === pending);
    });

    it("by a rename: the node goes on in a new directory, and a node on the old one finds nothing to count again", async function () {
      needs(this, "more time");
      const cluster = await store.cluster();
      const [node] = cluster.nodes as [NodeProcess];
      const moved = join(cluster.folder, "moved");
      cluster.load.start();
      await cluster.acknowledged(150);
      renameSync(directoryOf(cluster, node), moved);
      await cluster.until("the node makes a new one", async () => MADE_ANEW.test(node.output));
      await cluster.acknowledged(100);
      await node.kill();
      await node.start();
      const heir = new NodeProcess("n9", await freePort(), ["--store", cluster.store, "--data-dir", moved]);
      cluster.nodes.push(heir);
      await heir.start();
      assert.doesNotMatch(heir.output, /journal of an ended process/);
      await cluster.assertExact();
    });
  });

  describe("without its store", () => {
    let folder: string;
    beforeEach(() => {
      folder = join(process.env.TMPDIR ?? "/tmp", `deleted-${process.pid}`);
      mkdirSync(folder, { recursive: true });
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("Ctrl-C right after it promises only what is there", async () => {
      const node = await nodeWithOneHit(folder);
      rmSync(folder, { recursive: true, maxRetries: 5 });
      assert.equal(await interrupt(node), 0);
      assert.ok(
        node.output.endsWith(`\n1 hit is not committed yet: safe in ${folder}, and counted after the next start.\n`),
        node.output,
      );
      const [journal] = readdirSync(join(folder, "journals"));
      assert.match(readFileSync(join(folder, "journals", journal!), "utf8"), /\{"hits":\{"visits":1\},"hour":\d+\}/);
    });

    it("Ctrl-C says that hits are lost where no directory can be made", async () => {
      const node = await nodeWithOneHit(folder);
      rmSync(folder, { recursive: true, maxRetries: 5 });
      writeFileSync(folder, "");
      assert.equal(await interrupt(node), 0);
      assert.ok(
        node.output.endsWith(`\n1 hit was not committed and is lost: ${folder} was deleted or moved.\n`),
        node.output,
      );
      assert.ok(existsSync(folder));
    });
  });
});

function directoryOf(cluster: RealCluster, { name }: NodeProcess): string {
  return join(cluster.folder, name);
}

async function stateOf(url: string, { name }: NodeProcess): Promise<string | undefined> {
  const view = (await (await fetch(`${url}/v1/cluster`)).json()) as { nodes: { name: string; state: string }[] };
  return view.nodes.find((row) => row.name === name)?.state;
}

/** As each node says of itself. */
async function pendingOf(cluster: RealCluster): Promise<number> {
  const views = await Promise.all(cluster.running.map((node) => node.view()));
  const own = views.map((view) => view?.nodes.find(({ id }) => id === view.node)?.pending ?? 0);
  return own.reduce((sum, pending) => sum + pending, 0);
}

async function nodeWithOneHit(folder: string): Promise<NodeProcess> {
  const nobody = `etcd://127.0.0.1:${await freePort()}`;
  const flags = ["--store", nobody, "--data-dir", folder, "--drain-timeout", "1s"];
  const node = new NodeProcess("lone", await freePort(), flags);
  await node.start();
  await eventually(() => node.output.includes("Ctrl-C stops"));
  assert.equal((await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" })).status, 200);
  return node;
}

async function interrupt(node: NodeProcess): Promise<unknown> {
  const ending = node.ending();
  node.signal("SIGINT");
  return ending;
}
