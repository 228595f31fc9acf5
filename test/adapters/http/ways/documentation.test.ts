import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { firstToken } from "../../../../cmd/supervisor/admin_token.ts";
import { eventually } from "../../../eventually.ts";
import { freePort } from "../../../free_port.ts";
import { needs } from "../../../needs.ts";
import { NodeProcess } from "../../../processes/node_process.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const DOCUMENTED = "http://127.0.0.1:4000";
const SHIM = join(ROOT, "cmd/cli/global-cluster.mjs");

/** Each example of docs/api.md and docs/sites.md, in their order, on one node that has counted nothing before. */
describe("ways: the examples of the documentation", () => {
  let folder: string;
  let node: NodeProcess;

  before(async function () {
    needs(this, "bash", "curl", "grep");
    folder = mkdtempSync(join(tmpdir(), "docs-"));
    firstToken(folder);
    const flags = ["--store", `sqlite:${folder}/store.sqlite`, "--data-dir", join(folder, "n1")];
    flags.push("--tokens", join(folder, "tokens.json"), "--conversion-delay", "0s");
    node = new NodeProcess("node-4000", await freePort(), [...flags, "--region", "eu-central-1"]);
    await node.start();
    await eventually(async () => (await node.view())?.store === "ok");
  });
  after(async () => {
    if (!folder) return;
    if (node.running) await node.kill();
    rmSync(folder, { recursive: true });
  });

  const texts = ["docs/api.md", "docs/sites.md"].map((file) => readFileSync(join(ROOT, file), "utf8"));
  const examples = [...texts.join("\n").matchAll(/```console\n(.*?)```/gs)]
    .flatMap(([, block = ""]) => block.split(/^\$ /m).slice(1))
    .map((example) => example.split(/\n(.*)/s, 2));

  it("are all there", () => assert.ok(examples.length >= 15));

  for (const [command = "", expected = ""] of examples) {
    it(command, async () => {
      const line = command
        .replaceAll(DOCUMENTED, node.url)
        .replaceAll("data/", `${folder}/`)
        .replaceAll("npx global-cluster", `${process.execPath} ${SHIM}`);
      const shown = (await run(line)).replaceAll(`${folder}/`, "data/");
      assert.equal(steady(shown), steady(expected));
    });
  }
});

/** What a shell shows for a command. */
async function run(line: string): Promise<string> {
  const shell = spawn("bash", ["-c", line], { stdio: ["ignore", "pipe", "pipe"] });
  let shown = "";
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on("data", (chunk) => {
      shown += chunk;
    });
  }
  await once(shell, "close");
  return shown;
}

/** Without what differs from run to run: times, ids, ports, and how many rounds there were. */
function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replace(/"(version|generation|epoch|age|leaderSilence|active)":[\d.]+/g, '"$1":0')
    .replace(/"[0-9a-f]{16}"/g, '"ID"')
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replace(/\r/g, "")
    .trim();
}
