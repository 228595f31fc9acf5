import type { CounterCluster, PodMonitorSpec } from "../counter_cluster.ts";
import { dashboardJson } from "./dashboard.ts";
import { childMeta, counterName, dashboardName } from "./names.ts";
import type { DesiredMeta, DesiredObject } from "./object.ts";

/** What Prometheus' operator and Grafana's sidecar look for, as far as it is asked for. */
export function monitoring(cluster: CounterCluster): DesiredObject[] {
  const { podMonitor, dashboard } = cluster.spec.monitoring;
  return [
    ...(podMonitor ? [podMonitorFor(cluster, podMonitor)] : []),
    ...(dashboard ? [dashboardFor(cluster, dashboard.labels)] : []),
  ];
}

function podMonitorFor(cluster: CounterCluster, { labels, interval }: PodMonitorSpec): DesiredObject {
  const matchLabels = {
    "app.kubernetes.io/name": "global-cluster",
    "app.kubernetes.io/instance": cluster.metadata.name,
  };
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: labelled(childMeta(cluster, "counter", counterName(cluster)), labels),
    spec: {
      selector: { matchLabels },
      // Counters have a port of the first name, the store's pods of the second.
      podMetricsEndpoints: ["http", "metrics"].map((port) => ({ port, path: "/metrics", interval })),
    },
  };
}

function dashboardFor(cluster: CounterCluster, labels: PodMonitorSpec["labels"]): DesiredObject {
  const name = dashboardName(cluster);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: labelled(childMeta(cluster, "counter", name), labels),
    // Grafana's sidecar puts all clusters' files into one folder.
    data: { [`${cluster.metadata.namespace}-${name}.json`]: dashboardJson(cluster.metadata) },
  };
}

/** The operator finds its objects by its own labels, so they win. */
function labelled(meta: DesiredMeta, labels: PodMonitorSpec["labels"]): DesiredMeta {
  return { ...meta, labels: { ...labels, ...meta.labels } };
}
