import { Registry } from "prom-client";
import type { OperatorMeter, OperatorStatistics } from "../../ports/operator_meter.ts";
import { OPERATOR_METRICS, RECONCILE_OUTCOMES } from "./metric_table.ts";
import { addBuildInfo, addProcessMetrics } from "./process_metrics.ts";
import { addCounter, addHistogram, addReadGauge } from "./register_metric.ts";

/** The metrics of one operator. */
export interface OperatorMetrics extends OperatorMeter {
  readonly contentType: string;
  /** The exposition text, as of now. */
  text(): Promise<string>;
}

export interface OperatorMetricsDeps {
  readonly statistics: () => OperatorStatistics;
  /** Version of this program, for `global_cluster_build_info`. */
  readonly version: string;
}

export function createOperatorMetrics({ statistics, version }: OperatorMetricsDeps): OperatorMetrics {
  const registry = new Registry();
  addProcessMetrics(registry);
  addBuildInfo(registry, version);
  addStatistics(registry, statistics);
  return { ...createMeter(registry), contentType: registry.contentType, text: () => registry.metrics() };
}

function createMeter(registry: Registry): OperatorMeter {
  const seconds = addHistogram(registry, OPERATOR_METRICS.reconcileSeconds);
  // From the start, so that a rate has a zero to grow from.
  for (const outcome of RECONCILE_OUTCOMES) seconds.zero({ outcome });
  const lostHits = addCounter(registry, OPERATOR_METRICS.lostHits);
  return {
    reconciled: (outcome, took) => seconds.observe({ outcome }, took),
    lost: (hits) => lostHits.inc(hits),
  };
}

function addStatistics(registry: Registry, statistics: () => OperatorStatistics): void {
  const { resources, queueLength, failing, unreadKinds, eventsWaiting } = OPERATOR_METRICS;
  addReadGauge(registry, resources, () => statistics().resources);
  addReadGauge(registry, queueLength, () => statistics().waiting);
  addReadGauge(registry, failing, () => statistics().failing);
  addReadGauge(registry, unreadKinds, () => statistics().unread);
  addReadGauge(registry, eventsWaiting, () => statistics().events);
}
