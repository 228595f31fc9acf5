import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/** The tools for developers say what is wrong with their command line and end with exit code 2, before they do any work. */

describe("A tool for developers refuses", () => {
  const cases: [string, string[], RegExp][] = [
    ["test/simulation/run.ts", ["--seeds", "3"], /^Unknown option '--seeds'/],
    ["test/simulation/run.ts", ["--seed", "abc"], /^--seed must be a whole number, not "abc"\n$/],
    ["test/mutation/mutate.ts", ["--only", "nonsense"], /^There is no rule whose name contains "nonsense"\.\n$/],
    ["test/explorer/run.ts", ["--scope", "nonsense"], /^There is no scope "nonsense"; --help lists all scopes\.\n$/],
  ];
  for (const [tool, args, message] of cases) {
    it(`${tool} ${args.join(" ")}`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(tool), ...args], { encoding: "utf8" });
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, message);
    });
  }
});
