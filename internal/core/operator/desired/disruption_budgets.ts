import type { CounterCluster, ManagedEtcd } from "../counter_cluster.ts";
import { type Component, childMeta, counterName, etcdName, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";

/**
 * When nodes are drained, one pod leaves at a time. A single pod may leave, too: nothing is lost, and otherwise its node could never be drained.
 * `crashed`: a counter pod has crashed and its journal may hold hits, so no counter pod leaves until it is back.
 */
export function disruptionBudgets(cluster: CounterCluster, crashed: boolean): DesiredObject[] {
  if (!cluster.spec.disruptionBudget) return [];
  const { managed } = cluster.spec.store.etcd;
  const counters = budget(cluster, "counter", counterName(cluster), {
    maxUnavailable: crashed ? 0 : 1,
    // A pod that is not ready may have crashed. It counts as missing, and may leave only if no other pod is missing.
    unhealthyPodEvictionPolicy: "IfHealthyBudget",
  });
  return managed ? [counters, budget(cluster, "etcd", etcdName(cluster), storeLimits(managed))] : [counters];
}

/** Otherwise a single member that is not ready would block its node forever. But the other members may need one of three that is not ready. */
function storeLimits({ members }: ManagedEtcd): Limits {
  return { maxUnavailable: 1, ...(members === 1 && { unhealthyPodEvictionPolicy: "AlwaysAllow" }) };
}

interface Limits {
  readonly maxUnavailable: number;
  readonly unhealthyPodEvictionPolicy?: "AlwaysAllow" | "IfHealthyBudget";
}

function budget(cluster: CounterCluster, component: Component, name: string, limits: Limits): DesiredObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: childMeta(cluster, component, name),
    spec: {
      ...limits,
      selector: { matchLabels: selectorLabels(cluster, component) },
    },
  };
}
