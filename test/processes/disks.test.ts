import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeReadOnly, makeWritable, mountSmallDisk, type SmallDisk } from "../adapters/disk/small_disk.ts";
import { needs } from "../needs.ts";
import type { NodeProcess } from "./node_process.ts";
import { type RealCluster, storeStates } from "./real_cluster.ts";
import { onSqlite } from "./stores.ts";

const DISK_BYTES = 1024 * 1024;

/** A disk that is full or read-only costs refused hits, never acknowledged ones. */
describe("a disk in trouble", () => {
  onSqlite((store) => {
    let disk: SmallDisk | null;
    before(function () {
      needs(this, "mount", "more time");
      disk = mountSmallDisk(DISK_BYTES);
    });
    after(() => disk?.unmount());

    it("full: hits are answered 503 and not counted, others go on; it recovers, and also starts again after a crash", async () => {
      const cluster = await clusterWithSmallDisk();
      const node = cluster.nodes[0]!;
      cluster.load.start();
      await cluster.acknowledged(150);
      const filler = join(disk!.path, "filler");
      fill(filler);
      await cluster.until("hits are refused", () => (cluster.load.refusals.get("journal") ?? 0) > 50);
      const before = await hitsOf(node);
      await cluster.acknowledged(200);
      assert.equal(await hitsOf(node), before);
      rmSync(filler);
      await cluster.until("it takes hits again", async () => (await hitsOf(node)) > before);
      const refused = cluster.load.total("refused");
      await cluster.acknowledged(300);
      assert.ok(cluster.load.total("refused") - refused < 50, "and goes on with it");
      assert.deepEqual([...cluster.load.refusals.keys()].sort(), ["journal", "page"]);
      assert.equal(cluster.load.total("unanswered"), 0);
      fill(filler);
      await cluster.until("hits are refused again", () => cluster.load.total("refused") - refused > 100);
      await node.kill();
      rmSync(filler);
      await node.start();
      await cluster.acknowledged(100);
      await cluster.assertExact();
    });

    it("read-only: the node says so and does not start; when it may write again, what is in it is counted", async () => {
      const cluster = await clusterWithSmallDisk();
      const node = cluster.nodes[0]!;
      cluster.load.start();
      await cluster.acknowledged(150);
      await node.kill();
      makeReadOnly(disk!.path);
      node.launch();
      const ending = await node.ending();
      makeWritable(disk!.path);
      assert.equal(ending, 2, node.output);
      assert.match(
        node.output,
        /Not started:\n {2}--data-dir must be a writable directory \(.*: read-only file system\), not /,
      );
      await node.start();
      await cluster.acknowledged(100);
      await cluster.assertExact();
    });

    it("full under the store: nodes say so and go on counting, and it recovers", async () => {
      const cluster = await store.cluster({ store: `sqlite:${join(disk!.path, "store.sqlite")}` });
      cluster.load.start();
      await cluster.acknowledged(150);
      const filler = join(disk!.path, "filler");
      fill(filler);
      await cluster.until("all say that it is full", async () => {
        return (await storeStates(cluster)).every((state) => state === "full");
      });
      await cluster.acknowledged(300);
      rmSync(filler);
      await cluster.leader();
      await cluster.assertExact();
      assert.deepEqual([...cluster.load.refusals], []);
      assert.equal(cluster.load.total("unanswered"), 0);
    });

    function clusterWithSmallDisk(): Promise<RealCluster> {
      const own = join(disk!.path, "data");
      rmSync(own, { recursive: true, force: true });
      mkdirSync(own);
      return store.cluster({ flags: (name) => (name === "n1" ? ["--data-dir", own] : []) });
    }
  });
});

/** Hits that a node says it has taken. */
async function hitsOf(node: NodeProcess): Promise<number> {
  return (await node.view())?.nodes.find(({ name }) => name === node.name)?.hits ?? 0;
}

/** Leaves no byte. */
function fill(file: string): void {
  for (const block of [64 * 1024, 4096]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(block), { flag: "a" });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
    }
  }
}
