import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free_port.ts";
import { needs } from "../needs.ts";
import { NodeProcess } from "./node_process.ts";
import { onSqlite } from "./stores.ts";

/** Twelve processes start one after the other. */
const TIMEOUT_MS = 600_000;

describe("a data directory whose lock file is deleted", () => {
  onSqlite((store) => {
    it("is refused to a second process, under load, again and again: the first is killed, and all that was acknowledged is counted", async function () {
      needs(this, "more time");
      this.timeout(TIMEOUT_MS);
      const cluster = await store.cluster();
      cluster.load.start();
      for (const node of cluster.nodes) {
        const directory = join(cluster.folder, node.name);
        await cluster.acknowledged(100);
        for (let attempt = 0; attempt < 2; attempt++) {
          rmSync(join(directory, "lock.sqlite"), { force: true });
          const second = new NodeProcess("n9", await freePort(), ["--store", cluster.store, "--data-dir", directory]);
          const child = second.launch();
          await second.ending();
          assert.notEqual(child.exitCode, 0);
          assert.match(second.output, /in use by another process\. Do not delete this file/);
        }
        await cluster.acknowledged(30);
        await node.kill();
        await node.start();
      }
      await cluster.assertExact();
    });
  });
});

describe("a journal in which bits changed", () => {
  let folder: string;
  let node: NodeProcess;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "damaged-"));
    // Without a store, nothing is committed.
    const nobody = `etcd://127.0.0.1:${await freePort()}`;
    node = new NodeProcess("lone", await freePort(), ["--store", nobody, "--data-dir", folder]);
    await node.start();
  });
  afterEach(async () => {
    if (node.running) await node.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is kept; log and metric say how many hits are in question, in each life", async () => {
    for (let hit = 0; hit < 40; hit++)
      assert.equal((await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" })).status, 200);
    await node.kill();
    const [name] = readdirSync(join(folder, "journals"));
    const path = join(folder, "journals", name!);
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('{"hits"') + 3]! ^= 0x04;
    writeFileSync(path, bytes);
    for (let life = 0; life < 2; life++) {
      await node.start();
      assert.match(node.output, /ERROR journal is damaged; kept, .*recovered=0 unplaced=39/);
      const metrics = await (await fetch(`${node.url}/metrics`)).text();
      assert.match(metrics, /^global_cluster_indeterminate_hits_total 39$/m);
      assert.deepEqual(readFileSync(`${path}.damaged`), bytes);
      assert.equal(existsSync(path), false);
      await node.kill();
    }
  });
});
