import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALL_COMMANDS } from "../../../cmd/cli/command_table.ts";
import { completionScript } from "../../../cmd/cli/completion/script.ts";
import { flagOf } from "../../../cmd/settings/read/setting.ts";
import { needs } from "../../needs.ts";

/** A shell that has read the script completes every command and flag that the parser takes, and nothing else. */
describe("cli: completion", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "completion-"));
    writeFileSync(join(folder, "my file.csv"), "");
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What a real bash offers after `line`, sorted. */
  function offered(line: string): string[] {
    const words = line.split(" ");
    const run = [
      completionScript("bash", ALL_COMMANDS),
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}) COMP_CWORD=${words.length - 1}`,
      "_global_cluster",
      `printf "%s\\n" "\${COMPREPLY[@]}"`,
    ].join("\n");
    const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-c", run], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout.split("\n").filter((word) => word !== "");
  }

  const LINES: [line: string, ...words: string[]][] = [
    ["global-cluster to", "top", "token"],
    ["global-cluster token re", "revoke"],
    ["global-cluster token ", "create", "list", "revoke", "--help", "--version"],
    ["global-cluster hit a --w", "--wait"],
    ["global-cluster --server hit hit --by 3 --k", "--key"],
    ["global-cluster get --by"],
    ["global-cluster hit --by "],
    ["global-cluster get --token-file my", "my file.csv"],
    ["global-cluster token create a --ex", "--expires"],
    ["global-cluster import my", "my file.csv"],
    ["global-cluster import a.csv --mode ", "add", "absent"],
    [
      "global-cluster export ",
      "totals",
      "days",
      "audit",
      "--server",
      "--token",
      "--token-file",
      "--json",
      "--format",
      "--help",
      "--version",
    ],
    ["global-cluster completion ", "bash", "zsh", "--help", "--version"],
    ["global-cluster frobnicate "],
  ];
  for (const [line, ...words] of LINES) {
    it(`offers ${words.join(", ") || "nothing"} in bash after: ${line}`, function () {
      needs(this, "bash");
      assert.deepEqual(offered(line).sort(), [...words].sort());
    });
  }

  it("offers every flag of every command", function () {
    needs(this, "bash");
    for (const { words, table } of ALL_COMMANDS) {
      const flags = Object.keys(table).map(flagOf);
      const found = offered(["global-cluster", ...words, "--"].join(" "));
      assert.deepEqual(found.sort(), [...flags, "--help", "--version"].sort(), words.join(" "));
    }
  });

  it("is a script that zsh can read", function () {
    needs(this, "zsh");
    const { status, stderr } = spawnSync("zsh", ["-n"], {
      input: completionScript("zsh", ALL_COMMANDS),
      encoding: "utf8",
    });
    assert.deepEqual([status, stderr], [0, ""]);
  });
});
