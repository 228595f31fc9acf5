import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { CHART, helm, requireHelm } from "./helm.ts";

const ROOT = new URL("../../", import.meta.url);

describe("what README and docs set of the chart", function () {
  this.timeout(60_000);
  before(function () {
    requireHelm(this);
  });

  const docs = readdirSync(new URL("docs/", ROOT)).filter((file) => file.endsWith(".md"));
  const files = ["README.md", ...docs.map((file) => `docs/${file}`)];
  const text = files.map((file) => readFileSync(new URL(file, ROOT), "utf8")).join("\n");
  const settings = [...text.matchAll(/(--set|--set-json) (?:'([^']+)'|([\w.]+=[^\s`]+))/g)];

  it("is found", () => {
    assert.ok(settings.length > 10, `${settings.length}`);
  });

  for (const [words, flag = "", quoted, plain = ""] of settings) {
    it(`is taken: ${words}`, () => {
      helm(["template", "visits", CHART, flag, quoted ?? plain]);
    });
  }
});
