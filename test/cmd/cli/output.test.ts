import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

const CLI = new URL("../../../cmd/cli/", import.meta.url);
/** They make printable what they write. */
const WRITERS = ["output.ts", "terminal.ts"];
const WRITES = /\bconsole\.|\b(?:stdout|stderr)\.write\(/;

/** Text of a server reaches a terminal through `output.ts` and `terminal.ts` alone, which take out what it would obey. */
describe("cli: what it writes", () => {
  const names = readdirSync(CLI, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const files = [...names, "../adopt.ts"].map((name) => new URL(name, CLI));

  it("goes through the files that make it printable", () => {
    const others = files.filter(({ pathname }) => !WRITERS.some((name) => pathname.endsWith(`/${name}`)));
    assert.deepEqual(
      others.filter((file) => WRITES.test(readFileSync(file, "utf8"))).map(({ pathname }) => pathname),
      [],
    );
  });
});
