import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { etcdConfig } from "../../../internal/core/etcd_member/config.ts";
import { freePorts } from "../../free_port.ts";
import { needs, programFile } from "../../needs.ts";

/** etcd ignores settings that it does not know, without a word. So it must say itself that it took those which bound its memory and disk. */
describe("the configuration of an etcd member, as etcd takes it", () => {
  const folder = mkdtempSync(join(tmpdir(), "etcd-config-"));
  before(function () {
    needs(this, "etcd");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("bounds history, the log in memory, and the database (H87)", async () => {
    const [client, peer, metrics] = (await freePorts(3)).map((port) => `http://127.0.0.1:${port}`) as [
      string,
      string,
      string,
    ];
    const me = { name: "m-0", clientUrl: client, peerUrl: peer };
    const setup = {
      listen: { client, peer, metrics },
      tls: null,
      dataFolder: join(folder, "data"),
      quotaBytes: 268_435_456,
    };
    const file = join(folder, "etcd.yaml");
    writeFileSync(file, etcdConfig({ me, all: [me] }, setup, { kind: "found", founding: { "m-0": "a" } }));
    const said = await effectiveConfig(file);
    assert.deepEqual(
      {
        catchUp: said["snapshot-catchup-entries"],
        snapshots: said["snapshot-count"],
        quota: said["quota-backend-bytes"],
        compaction: [said["auto-compaction-mode"], said["auto-compaction-retention"]],
      },
      { catchUp: 500, snapshots: 1000, quota: 268_435_456, compaction: ["periodic", "5m0s"] },
    );
  });
});

/** What etcd says of its configuration when it starts. */
function effectiveConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  const child = spawn(programFile("etcd") ?? "etcd", [`--config-file=${file}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`etcd ended: ${log}`)));
    child.stderr.setEncoding("utf8").on("data", (text) => {
      log += text;
      const line = log.split("\n").find((line) => line.includes('"snapshot-catchup-entries"') && line.endsWith("}"));
      if (!line) return;
      resolve(JSON.parse(line));
      child.kill("SIGKILL");
    });
  });
}
