import type { CounterCluster } from "../counter_cluster.ts";
import { type Component, childMeta, counterName, etcdName, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";

/** When nodes are drained, one pod leaves at a time. A single pod may leave, too: nothing is lost, and otherwise its node could never be drained. */
export function disruptionBudgets(cluster: CounterCluster): DesiredObject[] {
  if (!cluster.spec.disruptionBudget) return [];
  const { managed } = cluster.spec.store.etcd;
  const counters = budget(cluster, "counter", counterName(cluster), true);
  return managed ? [counters, budget(cluster, "etcd", etcdName(cluster), managed.members === 1)] : [counters];
}

/** `evictable`: a pod that is not ready may leave, too. Otherwise a single pod that is not ready would block its node forever. */
function budget(cluster: CounterCluster, component: Component, name: string, evictable: boolean): DesiredObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: childMeta(cluster, component, name),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: selectorLabels(cluster, component) },
      // Nothing waits for a counter that is not ready. But the other members may need one of three that is not ready.
      ...(evictable && { unhealthyPodEvictionPolicy: "AlwaysAllow" }),
    },
  };
}
