import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { PROGRAMS, reference } from "./reference.ts";

describe("docs/settings.md", () => {
  const written = readFileSync(new URL("../../../docs/settings.md", import.meta.url), "utf8");

  it("is up to date", () => {
    assert.equal(written, reference(), "docs/settings.md is out of date: npm run docs");
  });

  it("has all programs", () => {
    const files = readdirSync(new URL("../../../cmd", import.meta.url)).filter((name) => name.endsWith(".ts"));
    assert.deepEqual(Object.keys(PROGRAMS).sort(), files.sort());
  });

  it("has a meaning for every setting, and no two rows that look the same", () => {
    for (const command of Object.values(PROGRAMS).flat())
      for (const [key, { help }] of Object.entries(command.table))
        assert.ok(help.length > 8, `${command.usage} ${key}`);
    const tables = written.split(/^## /m).slice(1);
    for (const table of tables) {
      const rows = table.split("\n").filter((line) => line.startsWith("| `"));
      assert.equal(new Set(rows).size, rows.length);
    }
  });
});
