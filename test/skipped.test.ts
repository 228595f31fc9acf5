import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { summary } from "./skipped.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** No test is skipped in silence: the end of a run counts them by what they need, and one that names no need fails the run. */
describe("skipped tests", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "skipping-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const mode of [[], ["--parallel"]]) {
    it(`are counted by what they need, most first, with how to get it, in ${mode.length + 1} process${mode.length ? "es" : ""}`, () => {
      const { status, stdout } = runTests(mode, [
        'it("a", function () { needs(this, "etcd"); });',
        'describe("suite", () => { before(function () { needs(this, "wrk"); }); it("b", () => {}); it("c", () => {}); });',
      ]);
      assert.equal(status, 0, stdout);
      assert.match(
        stdout,
        /\n3 tests were skipped:\n {5}2 need wrk: apt-get install wrk\n {5}1 need etcd: etcd 3\.6 on/,
      );
    });
  }

  it("fail the run when they name no need", () => {
    const { status, stdout } = runTests([], ['it("in silence", function () { this.skip(); });']);
    assert.equal(status, 1);
    assert.match(stdout, /Skipped without a reason; call needs\(\) of test\/needs\.ts instead: in silence/);
  });

  it("are failures themselves with --forbid-pending, and the summary still says what is missing", () => {
    const { status, stdout } = runTests(["--forbid-pending"], ['it("a", function () { needs(this, "etcd"); });']);
    assert.equal(status, 1);
    assert.match(stdout, /1 need etcd/);
  });

  it("are left to the whole run by the quick one", () => {
    assert.match(summary(new Map([["etcd", 1]]), true)[0] ?? "", /^1 tests were left to `npm run test:all`/);
    assert.deepEqual(summary(new Map()), []);
  });

  /** Runs a file of these tests where no program can be found. */
  function runTests(flags: readonly string[], tests: readonly string[]) {
    const file = join(folder, "some.test.ts");
    const needs = JSON.stringify(join(ROOT, "test/needs.ts"));
    writeFileSync(file, [`import { needs } from ${needs};`, ...tests].join("\n"));
    const args = [join(ROOT, "node_modules/mocha/bin/mocha.js"), ...flags, file];
    return spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", env: { PATH: "", HOME: folder } });
  }
});
