import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { CHART, helm, type Rendered, requireHelm, USUAL_KINDS, type Values } from "./helm.ts";

const NAME = "global-cluster";

/** The chart works as a part of another chart. */
describe("the chart as a part of another one", () => {
  let parent: string;
  before(function () {
    requireHelm(this);
    parent = mkdtempSync(join(tmpdir(), "parent-chart-"));
    mkdirSync(join(parent, "charts"));
    cpSync(CHART, join(parent, "charts", NAME), { recursive: true });
    const dependencies = [{ name: NAME, version: ">=0", condition: `${NAME}.enabled` }];
    const chart = { apiVersion: "v2", name: "shop", version: "1.0.0", dependencies };
    // JSON is YAML.
    writeFileSync(join(parent, "Chart.yaml"), JSON.stringify(chart));
  });
  after(() => {
    if (parent) rmSync(parent, { recursive: true, force: true });
  });

  function kinds(values: Values): readonly string[] {
    const objects = loadAll(helm(["template", "shop", parent, "--no-hooks"], values)) as (Rendered | null)[];
    return objects.flatMap((object) => (object ? [object.kind] : []));
  }

  it("is rendered if the condition is true, or not said", () => {
    for (const values of [{}, { [NAME]: { enabled: true } }, { [NAME]: { enabled: null } }]) {
      assert.deepEqual(kinds(values), USUAL_KINDS);
    }
  });

  it("is left out if the condition is false", () => {
    assert.deepEqual(kinds({ [NAME]: { enabled: false } }), []);
  });

  it("takes what is global, and its own values", () => {
    const values = { global: { imageRegistry: "registry.example" }, [NAME]: { counter: { enabled: false } } };
    assert.ok(!kinds(values).includes("CounterCluster"));
  });
});
