import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { MUTATIONS } from "./mutations.ts";

const ROOT = resolve(import.meta.dirname, "../..");

// Trying them takes minutes; that one of them has lost its text should be known in a second.
describe("mutations of the protocol", () => {
  for (const { name, file, find, test, scope } of MUTATIONS) {
    it(`finds what to take out: ${name}`, () => {
      assert.equal(readFileSync(join(ROOT, file), "utf8").split(find).length - 1, 1);
    });

    // Without it, everything is tried: minutes for one rule.
    it(`names what notices: ${name}`, () => {
      assert.ok(scope !== undefined || (test !== undefined && existsSync(join(ROOT, test))));
    });
  }
});
