import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import packageFile from "../../../package.json" with { type: "json" };
import { olderNodes } from "../../older_nodes.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Without installed packages each command says to run npm ci, on every version of Node. */
describe("a checkout without installed packages", () => {
  let checkout: string;
  before(() => {
    checkout = realpathSync(mkdtempSync(join(tmpdir(), "checkout-")));
    for (const part of ["cmd", "package.json"]) cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
  });
  after(() => rmSync(checkout, { recursive: true }));

  for (const node of [process.execPath, ...olderNodes()]) {
    for (const script of ["start", "node", "operator", "adopt", "cli"] as const) {
      it(`says so for npm run ${script} on ${node}`, () => {
        const [, ...args] = packageFile.scripts[script].replace(/^exec /, "").split(" ");
        const { status, stdout, stderr } = spawnSync(node, args, { cwd: checkout, encoding: "utf8" });
        const words = "The packages are not installed. Run npm ci first.\n";
        assert.deepEqual([status, stdout, stderr], [1, "", words]);
      });
    }
  }
});
