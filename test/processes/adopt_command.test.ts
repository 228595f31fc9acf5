import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import { openEtcd } from "../../internal/adapters/etcd/open_etcd.ts";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock } from "../../internal/adapters/system/system_clock.ts";
import { LOST } from "../../internal/core/ledger/ledger_reading.ts";
import type { LossRecord } from "../../internal/services/adoption/loss_record.ts";
import { DroppingProxy } from "../adapters/etcd/dropping_proxy.ts";
import { EtcdProcess, requireEtcd } from "../adapters/etcd/etcd_process.ts";
import { needs } from "../needs.ts";
import { silentLog } from "../ports/store/store_backends.ts";

const run = promisify(execFile);
const ADOPT = fileURLToPath(new URL("../../cmd/adopt.ts", import.meta.url));
const DEADLINE_MS = 60_000;

/** `npm run adopt` changes nothing without a yes, and says first what would be given up. */
describe("npm run adopt", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "adopt-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("changes nothing if the input ends without an answer", async () => {
    const file = await lostStore();
    const { status, stdout } = adopt(file, "");
    assert.match(stdout, /\nNothing was changed, because there was no answer\. \(--yes adopts without asking\.\)\n$/);
    assert.equal(status, 1);
    assert.match(adopt(file, "adopt\n").stdout, /Adopted\./);
  });

  it("changes nothing after any other answer", async () => {
    const { status, stdout } = adopt(await lostStore(), "yes\n");
    assert.match(stdout, /Nothing was changed\.\n$/);
    assert.equal(status, 1);
  });

  it("changes nothing and ends with 130 when Ctrl-C is the answer", async function () {
    needs(this, "script");
    const line = `${process.execPath} ${ADOPT} --store sqlite:${await lostStore()}`;
    const terminal = spawn("script", ["-qec", line, "/dev/null"], { stdio: "pipe", timeout: DEADLINE_MS });
    let shown = "";
    terminal.stdout.on("data", (chunk) => {
      const asked = shown.includes("to adopt it: ");
      shown += chunk;
      if (!asked && shown.includes("to adopt it: ")) terminal.stdin.write("\x03");
      // Not earlier: `script` ends at the end of its input, whatever its child does.
      if (shown.includes("Nothing was changed.\r\n")) terminal.stdin.end();
    });
    const [code] = await once(terminal, "close");
    assert.equal(code, 130, shown);
    assert.match(shown, /\r\nNothing was changed\.\r\n$/);
  });

  it("says that there is no store, and creates none", () => {
    const file = join(folder, "dta", "typo.sqlite");
    const { status, stdout, stderr } = adopt(file, "");
    const words = `Not adopted: there is no store at ${file}. Set --store to the store of the nodes.\n`;
    assert.deepEqual([status, stdout, stderr], [2, "", words]);
    assert.equal(existsSync(join(folder, "dta")), false);
  });

  it("shows which nodes have seen which version, and the hits that are lost", async () => {
    const known = ["n3", "n1", "n2"].map((name) => ({ name, id: "0123456789abcdef", version: 7 }));
    const seen = { total: "1300", counters: { visits: "1234", blog: "66" } };
    const { stdout } = adopt(await lostStore({ known: [...known, { name: "n4", id: "ff", version: 9 }], seen }), "");
    const words = [
      "The store has no ledger. But:",
      "  version 7 of ledger 0123456789abcdef was seen by n1, n2, n3",
      "  version 9 of ledger ff was seen by n4",
      "",
      "The leader had seen 1,300 committed hits, and the store has 0. Lost:",
      "  COUNTER   SEEN  STORE   LOST",
      "  visits   1,234      0  1,234",
      "  blog        66      0     66",
      "",
    ];
    assert.ok(stdout.startsWith(words.join("\n")), stdout);
  });

  it("does not say that nothing was adopted when it cannot know", async function () {
    requireEtcd(this);
    const etcd = await EtcdProcess.start();
    const proxy = await DroppingProxy.start(Number(etcd.endpoint.split(":")[1]));
    try {
      const { store, close } = openEtcd({ endpoints: [etcd.endpoint], clock: systemClock, logger: silentLog });
      await store.overwrite(0, { puts: lossRecord() });
      await close();
      // Only the transaction names this key.
      proxy.dropAnswersFrom("/ledger/audit/");
      const line = (endpoint: string) => [ADOPT, "--store", `etcd://${endpoint}`, "--yes"];
      const { code, stderr } = await run(process.execPath, line(proxy.endpoint)).catch((error) => error);
      assert.match(
        stderr,
        /^It is unknown whether the store was adopted: .*no answer within.*\nRun the command again/m,
      );
      assert.doesNotMatch(stderr, /Not adopted/);
      assert.equal(code, 1);
      assert.match((await run(process.execPath, line(etcd.endpoint))).stdout, /^Nothing to adopt/);
    } finally {
      await proxy.close();
      await etcd.stop();
    }
  });

  function adopt(file: string, input: string) {
    const line = [ADOPT, "--store", `sqlite:${file}`];
    return spawnSync(process.execPath, line, { input, encoding: "utf8", timeout: DEADLINE_MS });
  }

  /** What a leader leaves behind when a node has seen a ledger that the store does not have. */
  async function lostStore(more: Partial<LossRecord> = {}): Promise<string> {
    const file = join(folder, "store.sqlite");
    const { store, close } = await openSqlite({ file, makeFolder, clock: systemClock, logger: silentLog });
    await store.overwrite(0, { puts: lossRecord(more) });
    await close();
    return file;
  }
});

function lossRecord(more: Partial<LossRecord> = {}): Map<string, Uint8Array> {
  const record = { known: [{ name: "n1", id: "0123456789abcdef", version: 7 }], lineage: [], ...more };
  return new Map([[LOST, new TextEncoder().encode(JSON.stringify(record))]]);
}
