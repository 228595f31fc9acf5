import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { recordedLedger } from "../../cmd/node/recorded_ledger.ts";
import { EXIT_SETTINGS } from "../../cmd/settings/read/from_process.ts";
import { freePort } from "../free_port.ts";
import { RealCluster, storeStates, totalsOf } from "./real_cluster.ts";
import { onEtcd } from "./stores.ts";

const ADOPT = fileURLToPath(new URL("../../cmd/adopt.ts", import.meta.url));

/** A node does not count into a store that belongs to another cluster, or that has lost the ledger it should have. */
describe("a prefix in etcd that another cluster owns", () => {
  onEtcd((store) => {
    it("is no place to start at, and the node says why", async () => {
      const flags = (name: string) => ["--owner", name === "stranger" ? "ns/clicks/2" : "ns/visits/1"];
      const cluster = await store.cluster({ nodes: 1, flags });
      const stranger = cluster.nodeAt(await freePort(), "stranger");
      stranger.launch();
      assert.equal(await stranger.ending(), EXIT_SETTINGS);
      assert.match(stranger.output, /^Not started: .*belongs to ns\/visits \(uid 1\): set another --etcd-prefix/);
    });
  });
});

describe("a ledger that a file names", () => {
  const folder = mkdtempSync(join(tmpdir(), "ledger-file-"));
  const file = join(folder, "ledger");
  const cluster = new RealCluster({ flags: ["--known-ledger-file", file] });
  after(async function () {
    await cluster.end(this.test?.parent?.tests.some(({ state }) => state === "failed") ?? false);
    rmSync(folder, { recursive: true });
  });

  it("is none while there is no file, or an empty one", () => {
    assert.equal(recordedLedger(file), null);
    assert.equal(recordedLedger(join(file, "below")), null);
    writeFileSync(file, "\n");
    assert.equal(recordedLedger(file), null);
    writeFileSync(file, "0123456789abcdef\n");
    assert.equal(recordedLedger(file), "0123456789abcdef");
    assert.throws(() => recordedLedger(folder), /EISDIR/);
  });

  it("is missed when the store has none: no other is made, until somebody adopts", async () => {
    const node = await cluster.newNode();
    await node.start();
    await cluster.until("it is lost", async () => (await storeStates(cluster))[0] === "lost");
    assert.match((await node.view())?.storeDetail ?? "", /the cluster's record names ledger 0123456789abcdef/);
    const hit = await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" });
    assert.equal(hit.status, 200);
    const { stdout } = await promisify(execFile)(process.execPath, [ADOPT, "--yes", "--store", cluster.store]);
    assert.match(
      stdout,
      /The store has no ledger.*ledger 0123456789abcdef is named by the cluster's record.*Adopted\./s,
    );
    await cluster.until("the hit is counted", async () => (await totalsOf(node)).visits === 1);
    assert.deepEqual(await storeStates(cluster), ["ok"]);
  });
});
