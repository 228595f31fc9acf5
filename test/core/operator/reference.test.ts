import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { reference } from "./reference.ts";

describe("the reference of the resource", () => {
  it("is what the definition says", () => {
    const written = readFileSync(new URL("../../../docs/countercluster.md", import.meta.url), "utf8");
    assert.equal(written, reference(), "docs/countercluster.md is out of date: npm run docs");
  });
});
