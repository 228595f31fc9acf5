import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { adoptCommand } from "../../../cmd/settings/adopt_settings.ts";
import { clusterCommand } from "../../../cmd/settings/cluster_settings.ts";
import { nodeCommand } from "../../../cmd/settings/node_settings.ts";
import { helpText } from "../../../cmd/settings/read/help.ts";
import packageFile from "../../../package.json" with { type: "json" };

/** A command tells all mistakes in its settings at once and ends with code 2. Help explains each setting. */
describe("a command's start", () => {
  it("writes all errors to standard error and ends with code 2", () => {
    const { status, stdout, stderr } = start(["--prot", "1", "--nodes", "x"]);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
    assert.equal(
      stderr,
      "Not started:\n" +
        "  --prot is unknown; did you mean --port?\n" +
        '  --nodes must be a whole number from 1 to 9, not "x"\n' +
        "Try: npm start -- --help\n",
    );
  });

  it("names the script with the wrong flags, and what it did not do", () => {
    const { status, stderr } = start(["sqlite:x"], "adopt");
    const words = '"sqlite:x" belongs to no flag; with npm, write flags after -- (npm run adopt -- --store <store>)';
    assert.deepEqual([status, stderr], [2, `Not adopted:\n  ${words}\nTry: npm run adopt -- --help\n`]);
  });

  it("writes help and the version to standard output and ends with code 0", () => {
    assert.deepEqual(start(["--help", "--prot"]), { status: 0, stdout: helpText(clusterCommand), stderr: "" });
    assert.deepEqual(start(["-h"]), { status: 0, stdout: helpText(clusterCommand), stderr: "" });
    assert.deepEqual(start(["--version"]), { status: 0, stdout: `${packageFile.version}\n`, stderr: "" });
  });

  it("has help that names the flag, the variable and the default of a setting", () => {
    const help = helpText(nodeCommand);
    assert.match(
      help,
      /^ {2}--peer-port <port>, GLOBAL_CLUSTER_PEER_PORT\n {6}port for other nodes.* \(default: 0\)$/m,
    );
    assert.match(help, /^ {2}--name <name>, GLOBAL_CLUSTER_NAME\n.* \(default: node-<port>\)$/m);
    assert.match(help, /^ {2}GLOBAL_CLUSTER_ETCD_PASSWORD$/m);
    assert.match(helpText(adoptCommand), /^ {2}--yes$/m);
  });

  function start(flags: string[], command = "cluster") {
    const script = new URL(`../../../cmd/${command}.ts`, import.meta.url).pathname;
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...flags], { encoding: "utf8", env: {} });
    return { status, stdout, stderr };
  }
});
