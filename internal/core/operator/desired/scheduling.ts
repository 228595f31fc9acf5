import type { CounterCluster } from "../counter_cluster.ts";
import { type Component, selectorLabels } from "./names.ts";

/** The fields of a pod that determine on which nodes it may run. */
export function schedulingFields(cluster: CounterCluster, component: Component) {
  const { nodeSelector, tolerations, priorityClassName, affinity } = cluster.spec.scheduling;
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(priorityClassName && { priorityClassName }),
    // Affinity brings counters close to their visitors. The store has no reason to follow.
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
    // Pods of the old version do not count: the new ones would have to gather where those are not.
    matchLabelKeys: [component === "counter" ? "pod-template-hash" : "controller-revision-hash"],
  });
  return { topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(constraint) };
}
