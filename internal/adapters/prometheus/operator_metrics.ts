import { Gauge, Histogram, Registry } from "prom-client";
import type { OperatorMeter, OperatorStatistics, ReconcileOutcome } from "../../ports/operator_meter.ts";
import { addBuildInfo, addNodeMetrics } from "./process_metrics.ts";

/** The metrics of one operator. */
export interface OperatorMetrics extends OperatorMeter {
  readonly contentType: string;
  /** The exposition text, as of now. */
  text(): Promise<string>;
}

export interface OperatorMetricsParts {
  readonly statistics: () => OperatorStatistics;
  /** Of this program, for `global_cluster_build_info`. */
  readonly version: string;
}

/** A turn in which nothing has changed takes less than a millisecond, a new resource a second. */
const RECONCILE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OUTCOMES: readonly ReconcileOutcome[] = ["done", "waiting", "refused", "failed"];

export function createOperatorMetrics({ statistics, version }: OperatorMetricsParts): OperatorMetrics {
  const registry = new Registry();
  addNodeMetrics(registry);
  addBuildInfo(registry, version);
  addStatistics(registry, statistics);
  return { ...createMeter(registry), contentType: registry.contentType, text: () => registry.metrics() };
}

function createMeter(registry: Registry): OperatorMeter {
  const seconds = new Histogram({
    name: "global_cluster_operator_reconcile_seconds",
    help: "Time that it took to bring one resource to what it wants, by outcome.",
    labelNames: ["outcome"],
    buckets: RECONCILE_SECONDS,
    registers: [registry],
  });
  // From the start, so that a rate has a zero to grow from.
  for (const outcome of OUTCOMES) seconds.zero({ outcome });
  return { reconciled: (outcome, took) => seconds.observe({ outcome }, took) };
}

function addStatistics(registry: Registry, statistics: () => OperatorStatistics): void {
  const gauge = (name: string, help: string, read: (now: OperatorStatistics) => number) =>
    new Gauge({
      name: `global_cluster_operator_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read(statistics()));
      },
    });
  gauge("resources", "CounterClusters that this operator serves.", (now) => now.resources);
  gauge("queue_length", "CounterClusters that wait for their turn.", (now) => now.waiting);
  gauge("failing", "CounterClusters whose last turn failed; they are tried again and again.", (now) => now.failing);
  gauge("unread_kinds", "Kinds of objects whose lists have not been read yet.", (now) => now.unread);
  gauge("events_waiting", "Events that have not reached the API server yet.", (now) => now.events);
}
