import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";

/** Gauges whose names end in `_total`, which promtool refuses, and rightly. */
const MISNAMED = ["nodejs_active_resources_total", "nodejs_active_handles_total", "nodejs_active_requests_total"];

/** Memory, processor, event loop and the like. */
export function addNodeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}

export function addBuildInfo(registry: Registry, version: string): void {
  const info = new Gauge({
    name: "global_cluster_build_info",
    help: "Always 1; the labels tell what runs.",
    labelNames: ["version", "node_version"],
    registers: [registry],
  });
  info.set({ version, node_version: process.version }, 1);
}
