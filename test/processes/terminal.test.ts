import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terminalMessages } from "../../cmd/node/terminal_messages.ts";
import { nodeCommand } from "../../cmd/settings/node_settings.ts";
import { parseSettings } from "../../cmd/settings/read/parse.ts";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { NodeProcess } from "./node_process.ts";

/** A person runs one node, and its store never answers. */
describe("a node in a terminal, without its store", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "terminal-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("shows its address, how to stop it, how long that takes, and where uncommitted hits are", async () => {
    const node = await nodeWithOneHit("--data-dir", folder, "--drain-timeout", "1s");
    assert.ok(node.output.includes(`\n  Open ${node.url} in a browser`), node.output);
    assert.match(node.output, /\n {2}Ctrl-C stops this node/);
    const ending = node.ending();
    node.signal("SIGINT");
    assert.equal(await ending, 0);
    assert.match(node.output, /\nStopping: .* for at most 1 s\. Press Ctrl-C again to stop at once\.\n/);
    assert.ok(
      node.output.endsWith(`\n1 hit is not committed yet: safe in ${folder}, and counted after the next start.\n`),
      node.output,
    );
  });

  it("says after a second Ctrl-C that hits are lost without a data directory", async () => {
    const node = await nodeWithOneHit("--data-dir", "none");
    const ending = node.ending();
    await eventually(() => {
      node.signal("SIGINT");
      return !node.running;
    });
    assert.equal(await ending, 130);
    assert.ok(
      node.output.endsWith("\n1 hit was not committed and is lost: the node had no data directory.\n"),
      node.output,
    );
  });

  it("writes no messages beside a JSON log", () => {
    for (const [form, count] of [
      // A worker of `mocha --parallel` is connected to a parent, as a supervised node is.
      ["text", process.connected ? 0 : 1],
      ["json", 0],
    ] as const) {
      const reading = parseSettings(nodeCommand, ["--log", form], {});
      assert.ok(reading.kind === "settings");
      const said: string[] = [];
      terminalMessages(reading.settings, (line) => said.push(line)).serving("http://127.0.0.1:4000");
      assert.equal(said.length, count);
    }
  });

  async function nodeWithOneHit(...flags: string[]): Promise<NodeProcess> {
    const nobody = `etcd://127.0.0.1:${await freePort()}`;
    const node = new NodeProcess("lone", await freePort(), ["--store", nobody, ...flags]);
    await node.start();
    await eventually(() => node.output.includes("Ctrl-C stops"));
    const answer = await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" });
    assert.equal(answer.status, 200);
    return node;
  }
});
