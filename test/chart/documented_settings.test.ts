import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CHART, helm, requireHelm } from "./helm.ts";

/** What the documents set with helm is taken by the chart. */
describe("what the documents set of the chart", () => {
  before(function () {
    requireHelm(this);
  });

  const documents = ["README.md", "docs/kubernetes.md"].map((file) =>
    readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"),
  );
  const settings = [...documents.join("\n").matchAll(/(--set|--set-json) (?:'([^']+)'|([\w.]+=[^\s`]+))/g)];

  it("is found", () => {
    assert.ok(settings.length > 10, `${settings.length}`);
  });

  for (const [words, flag = "", quoted, plain = ""] of settings) {
    it(`is taken: ${words}`, () => {
      helm(["template", "visits", CHART, flag, quoted ?? plain]);
    });
  }
});
