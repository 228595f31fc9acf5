import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Metric } from "./metric_table.ts";

/** Reads a metric's value when it is scraped. */
type ReadAtScrape<M> = (this: M) => void;

export function addCounter(registry: Registry, metric: Metric, collect?: ReadAtScrape<Counter>): Counter {
  return new Counter({ ...fields(registry, metric), ...(collect && { collect }) });
}

export function addGauge(registry: Registry, metric: Metric, collect?: ReadAtScrape<Gauge>): Gauge {
  return new Gauge({ ...fields(registry, metric), ...(collect && { collect }) });
}

export function addHistogram(registry: Registry, metric: Metric): Histogram {
  return new Histogram({ ...fields(registry, metric), buckets: [...(metric.buckets ?? [])] });
}

/** A counter without labels whose value is kept elsewhere. */
export function addReadCounter(registry: Registry, metric: Metric, read: () => number): void {
  addCounter(registry, metric, function () {
    this.reset();
    this.inc(read());
  });
}

/** A gauge without labels whose value is kept elsewhere. */
export function addReadGauge(registry: Registry, metric: Metric, read: () => number): void {
  addGauge(registry, metric, function () {
    this.set(read());
  });
}

function fields(registry: Registry, { name, help, labels = {} }: Metric) {
  return { name, help, labelNames: Object.keys(labels), registers: [registry] };
}
