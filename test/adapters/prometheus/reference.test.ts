import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { BUILD_INFO, NODE_METRICS, OPERATOR_METRICS } from "../../../internal/adapters/prometheus/metric_table.ts";
import { createMetrics } from "../../../internal/adapters/prometheus/metrics.ts";
import { createOperatorMetrics } from "../../../internal/adapters/prometheus/operator_metrics.ts";
import { MemoryCounting } from "../http/memory_counting.ts";
import { reference } from "./reference.ts";

describe("metrics: docs/metrics.md", () => {
  it("is what npm run docs writes", () => {
    const written = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
    assert.equal(written, reference(), "docs/metrics.md is out of date: npm run docs");
  });

  it("has each metric of a node and of an operator, with its type", async () => {
    const node = createMetrics({ counting: new MemoryCounting(), version: "1", region: "a" });
    const statistics = () => ({ resources: 0, waiting: 0, failing: 0, unread: 0, events: 0 });
    const operator = createOperatorMetrics({ statistics, version: "1" });
    for (const [metrics, table] of [
      [node, NODE_METRICS],
      [operator, OPERATOR_METRICS],
    ] as const) {
      const types = [...(await metrics.text()).matchAll(/^# TYPE (global_cluster_\w+) (\w+)$/gm)];
      const documented = [...Object.values(table), BUILD_INFO].map(({ name, type }) => `${name} ${type}`);
      assert.deepEqual(types.map(([, name, type]) => `${name} ${type}`).sort(), documented.sort());
    }
  });
});
