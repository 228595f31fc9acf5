import {
  BUILD_INFO,
  type Metric,
  NODE_METRICS,
  OPERATOR_METRICS,
} from "../../../internal/adapters/prometheus/metric_table.ts";

/** docs/metrics.md, made of the table from which the metrics themselves are made. */
export function reference(): string {
  return [
    "# Metrics",
    "Nodes serve metrics for Prometheus at `GET /metrics` on their [admin port](operations.md#the-admin-port), and so does the " +
      "operator on its port. `npm run docs` writes this file. Durations are in seconds.",
    "## A node",
    table([...Object.values(NODE_METRICS), BUILD_INFO]),
    "## The operator",
    table([...Object.values(OPERATOR_METRICS), BUILD_INFO]),
    "## Both",
    "Both also have the default metrics of [prom-client](https://github.com/siimon/prom-client): memory, CPU and open files " +
      "(`process_*`), event loop and garbage collection (`nodejs_*`).",
    "",
  ].join("\n\n");
}

function table(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, type, labels = {}, help }) => {
    const cells = [`\`${name}\``, type, Object.entries(labels).map(label).join("; "), help];
    return `| ${cells.join(" | ")} |`;
  });
  return ["| Name | Type | Labels | Meaning |", "|---|---|---|---|", ...rows].join("\n");
}

function label([name, values]: [string, readonly string[] | string]): string {
  const meaning = typeof values === "string" ? values : values.map((value) => `\`${value}\``).join(", ");
  return `\`${name}\`: ${meaning}`;
}
