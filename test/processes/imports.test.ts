import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstToken, tokensOf } from "../../cmd/supervisor/admin_token.ts";
import { CliProcess, cli, type Ended } from "../cmd/cli/cli_process.ts";
import { needs } from "../needs.ts";
import { auditAt } from "./audit_account.ts";
import type { NodeProcess } from "./node_process.ts";
import type { RealCluster } from "./real_cluster.ts";
import { onSqlite, type StoreUnderTest } from "./stores.ts";

const TIMEOUT_MS = 600_000;
const LINES = 50_000;
/** 2,000 lines each. */
const PARTS = 25;
/** Fewer than lines: most counters are in several parts, so a part that is done twice shows. */
const COUNTERS = 20_000;
/** Set once, so that the ledger is known to take adjustments. */
const READY = "ready";
const MAX_RUNS = 5;
const FAST = ["--interval", "300ms"];

/** An import by the command line: whatever is killed meanwhile, each line is added once. */
describe("an import of 50,000 lines", () => {
  let folder: string;
  let file: string;
  let options: readonly string[];
  let token: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "imports-"));
    file = join(folder, "totals.ndjson");
    writeFileSync(file, lines().join(""));
    firstToken(folder);
    token = readFileSync(join(folder, "admin-token"), "utf8").trim();
    options = ["--token-file", join(folder, "admin-token")];
  });
  after(() => rmSync(folder, { recursive: true }));

  onSqlite((store) => {
    it("whose command and leader are killed, and that is run again, ends as one that was left alone (H81)", async function () {
      needs(this, "more time");
      this.timeout(TIMEOUT_MS);
      const [alone, troubled] = await Promise.all([started(store, 1), started(store, 3)]);
      const left = await runAt(alone.nodes[0]!);
      assert.match(left.out, /^Imported 50,000 lines, /, left.err);
      const expected = await exportedBy(alone);
      assert.deepEqual(expected, sums());

      await killCommand(troubled);
      await killLeader(troubled);
      const last = await untilDone(troubled);
      assert.match(last.out, /^Imported 50,000 lines, |^This was imported before/, last.err);
      assert.deepEqual(await exportedBy(troubled), expected);

      const again = await runAt(troubled.nodes[0]!);
      assert.match(again.out, /^This was imported before\. Nothing was changed\./, again.err);
      assert.deepEqual(await exportedBy(troubled), expected);
    });
  });

  async function started(store: StoreUnderTest, nodes: number): Promise<RealCluster> {
    const flags = [
      ...FAST,
      "--conversion-delay",
      "0s",
      "--tokens",
      tokensOf(folder),
      "--max-counters",
      String(2 * COUNTERS),
    ];
    const cluster = await store.cluster({ nodes, flags });
    const isConverted = async () => (await cli("set", READY, "1", ...at(cluster.nodes[0]!))).code === 0;
    await cluster.until("counters can be set", isConverted);
    return cluster;
  }

  function at({ url }: NodeProcess): string[] {
    return ["--server", url, ...options];
  }

  function runAt(node: NodeProcess): Promise<Ended> {
    return cli("import", file, ...at(node));
  }

  /** kill -9 when a third of it is there. */
  async function killCommand(cluster: RealCluster): Promise<void> {
    const [follower] = await cluster.followers();
    const command = new CliProcess(["import", file, ...at(follower!)]);
    await isThere(cluster, 1 / 3);
    command.signal("SIGKILL");
    assert.equal((await command.ended()).code, null, "it was killed before it ended");
  }

  /** kill -9 when two thirds of it are there. The command asks a follower, which finds the next leader. */
  async function killLeader(cluster: RealCluster): Promise<void> {
    const leader = await cluster.leader();
    const follower = cluster.running.find((node) => node !== leader)!;
    const command = new CliProcess(["import", file, ...at(follower)]);
    await isThere(cluster, 2 / 3);
    await leader.kill();
    await command.ended();
    await leader.start();
  }

  async function isThere(cluster: RealCluster, share: number): Promise<void> {
    const enough = share * total();
    const shown = async () => Math.max(...(await Promise.all(cluster.running.map(shownBy))));
    await cluster.until(`${enough} hits are there`, async () => (await shown()) >= enough, TIMEOUT_MS);
  }

  /** Runs it at one node after the other. */
  async function untilDone(cluster: RealCluster): Promise<Ended> {
    for (let run = 0; run < MAX_RUNS; run++) {
      const ended = await runAt(cluster.nodes[run % cluster.nodes.length]!);
      if (ended.code === 0) return ended;
    }
    return assert.fail("the import does not end");
  }

  /** What each node exports, once all have the same, by counter and region. Each part was done once, says the audit. */
  async function exportedBy(cluster: RealCluster): Promise<ReadonlyMap<string, number>> {
    await cluster.healed();
    const exports = await Promise.all(cluster.running.map((node) => cli("export", "totals", ...at(node))));
    const rows = exports.map(({ out }) => sumsOf(out));
    for (const other of rows) assert.deepEqual(other, rows[0], "all nodes export the same");
    const audit = await auditAt(cluster.running[0]!, token);
    const parts = audit.filter(({ action }) => action === "import").map(({ imported }) => imported?.line);
    assert.deepEqual(
      parts.toSorted((one, other) => Number(one) - Number(other)),
      Array.from({ length: PARTS }, (_, part) => part * 2_000 + 1),
    );
    return rows[0]!;
  }
});

interface Line {
  readonly counter: string;
  readonly region: string;
  readonly value: number;
}

function lines(): string[] {
  return Array.from({ length: LINES }, (_, at) => `${JSON.stringify(lineAt(at))}\n`);
}

/** The same in each run, so that all imports have one content. */
function lineAt(at: number): Line {
  const counter = `import-${String((at * 7_919) % COUNTERS).padStart(17, "0")}`;
  return { counter, region: at % 3 === 0 ? "de" : "other", value: (at % 1_000) + 1 };
}

function total(): number {
  return [...sums().values()].reduce((sum, value) => sum + value, 0);
}

/** What all lines come to. */
function sums(): Map<string, number> {
  const ready = `${JSON.stringify({ counter: READY, region: "other", value: 1 })}\n`;
  return sumsOf(ready + lines().join(""));
}

/** By counter and region. */
function sumsOf(ndjson: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const text of ndjson.trimEnd().split("\n")) {
    const { counter, region, value } = JSON.parse(text) as Line;
    const name = `${counter} in ${region}`;
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
}

/** All hits that this node knows to be committed. */
async function shownBy(node: NodeProcess): Promise<number> {
  return Number((await node.view())?.total ?? 0);
}
