import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CHART, helm, requireHelm } from "./helm.ts";

/** What README sets with helm is taken by the chart. */
describe("what README sets of the chart", function () {
  this.timeout(60_000);
  before(function () {
    requireHelm(this);
  });

  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const settings = [...readme.matchAll(/(--set|--set-json) (?:'([^']+)'|([\w.]+=[^\s`]+))/g)];

  it("is found", () => {
    assert.ok(settings.length > 10, `${settings.length}`);
  });

  for (const [words, flag = "", quoted, plain = ""] of settings) {
    it(`is taken: ${words}`, () => {
      helm(["template", "visits", CHART, flag, quoted ?? plain]);
    });
  }
});
