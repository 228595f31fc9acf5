import { collectDefaultMetrics, type Registry } from "prom-client";
import { BUILD_INFO } from "./metric_table.ts";
import { addGauge } from "./register_metric.ts";

/** Gauges with names that end in `_total`. promtool rejects them, because that ending is for counters. */
const MISNAMED = ["nodejs_active_resources_total", "nodejs_active_handles_total", "nodejs_active_requests_total"];

/** Memory, CPU, event loop, garbage collection, and the like. */
export function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}

export function addBuildInfo(registry: Registry, version: string): void {
  addGauge(registry, BUILD_INFO).set({ version, node_version: process.version }, 1);
}
