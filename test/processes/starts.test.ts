import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeProcess } from "./node_process.ts";
import { onSqlite } from "./stores.ts";

/** Exit code of a start that cannot succeed. A supervisor must not try again. */
const EXIT_SETTINGS = 2;

/** A node that cannot start says why and which setting to change, ends with code 2, and leaves nothing behind. */
describe("a node that cannot start", () => {
  onSqlite((store) => {
    it("says that its data directory is in use, and does not disturb the other node", async () => {
      const cluster = await store.cluster({ nodes: 1 });
      const other = cluster.nodeAt(0, cluster.nodes[0]!.name);
      assert.equal(await endingOf(other), EXIT_SETTINGS);
      assert.match(
        other.output,
        /^Not started: Cannot lock \S+: the data directory is in use by another process\. Do not delete this file: it protects the hits of that process\. This node may be running already; to start one more, set another --port or --data-dir \(setting --data-dir\)\n$/,
      );
      cluster.load.start();
      await cluster.acknowledged(50);
      await cluster.assertExact();
    });

    it("says that its port is in use", async () => {
      const cluster = await store.cluster({ nodes: 1 });
      const other = cluster.nodeAt(cluster.nodes[0]!.port, "other");
      assert.equal(await endingOf(other), EXIT_SETTINGS);
      assert.match(
        other.output,
        /^Not started: Cannot listen on .* another process uses this port.* \(setting --port\)\n$/,
      );
    });
  });

  for (const [title, flags, words] of [
    [
      "an address that is another machine's",
      ["--host", "203.0.113.9", "--peer-host", "127.0.0.1"],
      "203.0.113.9 is not an address of this machine (setting --host)",
    ],
    [
      "the same for peers",
      ["--peer-host", "203.0.113.9", "--peer-insecure"],
      "203.0.113.9 is not an address of this machine (setting --peer-host)",
    ],
  ] as const) {
    it(`names ${title}, and leaves nothing behind`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "starts-"));
      const places = ["--store", `sqlite:${folder}/a/store.sqlite`, "--data-dir", join(folder, "b")];
      const node = new NodeProcess("bad", 0, [...places, ...flags]);
      assert.equal(await endingOf(node), EXIT_SETTINGS);
      assert.equal(node.output, `Not started: ${words}\n`);
      assert.deepEqual(readdirSync(folder), []);
      rmSync(folder, { recursive: true });
    });
  }

  it("reports all setting errors at once", async () => {
    const node = new NodeProcess("bad", 0, ["--interval", "1h", "--store", "mysql://x", "--nope", "1"]);
    assert.equal(await endingOf(node), EXIT_SETTINGS);
    for (const setting of ["--interval", "--store", "--nope"]) assert.match(node.output, new RegExp(setting));
    assert.doesNotMatch(node.output, /\n {4}at /);
  });

  it("says that a file is not a store", async () => {
    const folder = mkdtempSync(join(tmpdir(), "starts-"));
    const file = join(folder, "letter.txt");
    writeFileSync(file, "Dear reader, this was never a database.\n".repeat(100));
    const node = new NodeProcess("bad", 0, ["--store", `sqlite:${file}`, "--data-dir", "none"]);
    assert.equal(await endingOf(node), EXIT_SETTINGS);
    rmSync(folder, { recursive: true });
    assert.match(node.output, /^Not started: .*is not a database.*\(setting --store\)\n$/);
  });
});

describe("a folder that cannot be created", () => {
  for (const setting of ["--data-dir", "--store"] as const) {
    it(`is refused with the setting's name if the system reports ENOENT: ${setting}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "starts-"));
      const places = { "--data-dir": "none", "--store": `sqlite:${folder}/store.sqlite` };
      const bad = setting === "--store" ? "sqlite:/proc/none/here.sqlite" : "/proc/none/here";
      const node = new NodeProcess("bad", 0, Object.entries({ ...places, [setting]: bad }).flat());
      assert.equal(await endingOf(node), EXIT_SETTINGS);
      rmSync(folder, { recursive: true });
      assert.match(node.output, /^Not started: .*\/proc\/none.*\(setting --(?:data-dir|store)\)\n$/);
    });
  }
});

describe("a node that gets SIGTERM while it starts", () => {
  it("stops as soon as it can, also as process 1 of a container", async () => {
    // The node waits for the claim of its prefix: this store accepts connections and never responds.
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const store = `etcd://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const node = new NodeProcess("early", 0, ["--store", store, "--owner", "a/b/c", "--data-dir", "none"]);
    const connected = once(silent, "connection");
    node.launch();
    await connected;
    assert.equal(await node.terminate(), 0);
    assert.match(node.output, /draining finished/);
    silent.close();
  });
});

function endingOf(node: NodeProcess) {
  node.launch();
  return node.ending();
}
