import type { CounterCluster, PodMonitorSpec } from "../counter_cluster.ts";
import { INTERFACE } from "../pod_interface.ts";
import { dashboardJson } from "./dashboard.ts";
import { childMeta, counterName, dashboardName } from "./names.ts";
import type { DesiredMeta, DesiredObject } from "./object.ts";

/** Objects for the Prometheus operator and for Grafana's sidecar, if the resource asks for them. `olderPods`: some pods have no admin port. */
export function monitoring(cluster: CounterCluster, olderPods: boolean): DesiredObject[] {
  const { podMonitor, dashboard } = cluster.spec.monitoring;
  return [
    ...(podMonitor ? [podMonitorFor(cluster, podMonitor, olderPods)] : []),
    ...(dashboard ? [dashboardFor(cluster, dashboard.labels)] : []),
  ];
}

function podMonitorFor(
  cluster: CounterCluster,
  { labels, interval }: PodMonitorSpec,
  olderPods: boolean,
): DesiredObject {
  const matchLabels = {
    "app.kubernetes.io/name": "global-cluster",
    "app.kubernetes.io/instance": cluster.metadata.name,
  };
  const endpoint = (port: string) => ({ port, path: "/metrics", interval });
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: labelled(childMeta(cluster, "counter", counterName(cluster)), labels),
    spec: {
      selector: { matchLabels },
      // The counters have a port `admin`, the store's pods a port `metrics`.
      podMetricsEndpoints: [
        ...["admin", "metrics"].map(endpoint),
        ...(olderPods ? [olderPodsAt(endpoint("http"))] : []),
      ],
    },
  };
}

/** Pods of earlier operators have their metrics on the port of the page, where the others have none. */
function olderPodsAt(endpoint: object) {
  const sourceLabels = [`__meta_kubernetes_pod_annotationpresent_${INTERFACE.replace(/[^A-Za-z0-9]/g, "_")}`];
  return { ...endpoint, relabelings: [{ sourceLabels, regex: "true", action: "drop" }] };
}

function dashboardFor(cluster: CounterCluster, labels: PodMonitorSpec["labels"]): DesiredObject {
  const name = dashboardName(cluster);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: labelled(childMeta(cluster, "counter", name), labels),
    // Grafana's sidecar puts the files of all clusters into one folder.
    data: { [`${cluster.metadata.namespace}-${name}.json`]: dashboardJson(cluster.metadata) },
  };
}

/** The operator's own labels win, because it finds its objects by them. */
function labelled(meta: DesiredMeta, labels: PodMonitorSpec["labels"]): DesiredMeta {
  return { ...meta, labels: { ...labels, ...meta.labels } };
}
