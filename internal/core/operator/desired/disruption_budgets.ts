import type { CounterCluster } from "../counter_cluster.ts";
import { type Component, childMeta, counterName, etcdName, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";

/** One pod at a time leaves when machines are emptied; the only one, too: nothing is lost by it, and a machine must not wait for ever. */
export function disruptionBudgets(cluster: CounterCluster): DesiredObject[] {
  if (!cluster.spec.disruptionBudget) return [];
  const { managed } = cluster.spec.store.etcd;
  const counters = budget(cluster, "counter", counterName(cluster), true);
  return managed ? [counters, budget(cluster, "etcd", etcdName(cluster), managed.members === 1)] : [counters];
}

/** `evictable`: also while it is not ready, which without saying so keeps the only pod, and its machine, for ever. */
function budget(cluster: CounterCluster, component: Component, name: string, evictable: boolean): DesiredObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: childMeta(cluster, component, name),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: selectorLabels(cluster, component) },
      // A counter that is not ready has nothing to wait for. One of three members that is not is one that the others may need back.
      ...(evictable && { unhealthyPodEvictionPolicy: "AlwaysAllow" }),
    },
  };
}
