import type { CounterCluster } from "../counter_cluster.ts";
import { type Component, selectorLabels } from "./names.ts";

/** The pod's fields that say on which machines it may run. */
export function schedulingFields(cluster: CounterCluster, component: Component) {
  const { nodeSelector, tolerations, priorityClassName, affinity } = cluster.spec.scheduling;
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(priorityClassName && { priorityClassName }),
    // People write it to bring counters to their visitors; the store has no reason to follow.
    ...(affinity && component === "counter" && { affinity }),
    ...topologySpread(cluster, component),
  };
}

function topologySpread(cluster: CounterCluster, component: Component) {
  const { topologySpread: wish } = cluster.spec.scheduling;
  if (wish === "None") return {};
  const constraint = (topologyKey: string) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: wish === "Required" ? "DoNotSchedule" : "ScheduleAnyway",
    labelSelector: { matchLabels: selectorLabels(cluster, component) },
    // Pods of the version that is leaving do not count: they would push the new ones together.
    matchLabelKeys: [component === "counter" ? "pod-template-hash" : "controller-revision-hash"],
  });
  return { topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(constraint) };
}
