import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { NodeProcess } from "./node_process.ts";

/** `--log-level debug`: the leader writes one line a round, and info writes none. */
describe("a node's log level", () => {
  let folder: string;
  let node: NodeProcess;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "debug-"));
  });
  afterEach(async () => {
    if (node.running) await node.kill();
    rmSync(folder, { recursive: true });
  });

  it("debug writes one line a round, with its number, its nodes, its hits and its outcome", async () => {
    await start("--log-level", "debug");
    const answer = await fetch(`${node.url}/v1/counters/visits/hits?wait=committed`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ by: 7 }),
    });
    assert.equal(answer.status, 200);
    await eventually(() => rounds().some((line) => line.includes("hits=7")));
    const [committed] = rounds().filter((line) => line.includes("hits=7"));
    assert.match(
      committed ?? "",
      / DEBUG round ended {2}round=\d+ nodes=1 answered=1 hits=7 bytes=\d+ outcome=committed ms=\d+$/,
    );
    await eventually(() => rounds().some((line) => /outcome=idle ms=\d+$/.test(line)));
    const numbers = rounds().flatMap((line) => /round=(\d+)/.exec(line)?.slice(1).map(Number) ?? []);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
      "a line for each round, in their order",
    );
  });

  it("info writes no such line", async () => {
    await start();
    await eventually(() => / (became leader|leads) {2}/.test(node.output));
    const answer = await fetch(`${node.url}/v1/counters/visits/hits?wait=committed`, { method: "POST" });
    assert.equal(answer.status, 200);
    assert.deepEqual(rounds(), []);
  });

  async function start(...flags: string[]): Promise<void> {
    const places = ["--store", `sqlite:${folder}/store.sqlite`, "--data-dir", join(folder, "n1")];
    node = new NodeProcess("n1", await freePort(), [...places, "--interval", "100ms", "--max-by", "7", ...flags]);
    await node.start();
  }

  function rounds(): string[] {
    return node.output.split("\n").filter((line) => line.includes("round ended"));
  }
});
