import type { CounterCluster, ManagedEtcd } from "../counter_cluster.ts";
import { CRASHED, REPLICA_SET_LABEL } from "../crashed_pods.ts";
import { type Component, childMeta, counterName, etcdName, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";

/**
 * When nodes are drained, one pod leaves at a time. A single pod may leave, too: nothing is lost, and otherwise its node could never be drained.
 * `held`: a counter pod has crashed and its journal may hold hits, so no counter pod leaves until it is back. `detached`: a pod that
 * crashed belongs to no ReplicaSet, or will not in a moment. It stays until the operator removes it.
 */
export function disruptionBudgets(cluster: CounterCluster, { held, detached }: CrashedCounters): DesiredObject[] {
  if (!cluster.spec.disruptionBudget) return [];
  const { managed } = cluster.spec.store.etcd;
  const name = counterName(cluster);
  const counters = budget(cluster, "counter", name, {
    selector: whichCrashed(cluster, "NotIn"),
    maxUnavailable: held ? 0 : 1,
    // A pod that is not ready may have crashed. It counts as missing, and may leave only if no other pod is missing.
    unhealthyPodEvictionPolicy: "IfHealthyBudget",
  });
  // A percentage, or how many may be missing, is known only of pods that a ReplicaSet has made.
  const kept = { selector: whichCrashed(cluster, "In"), minAvailable: MORE_THAN_ALL };
  return [
    counters,
    ...(detached ? [budget(cluster, "counter", `${name}-crashed`, kept)] : []),
    ...(managed ? [budget(cluster, "etcd", etcdName(cluster), storeLimits(cluster, managed))] : []),
  ];
}

export interface CrashedCounters {
  readonly held: boolean;
  readonly detached: boolean;
}

/** More pods than a resource may have. */
const MORE_THAN_ALL = 10_000;

/** The eviction of a pod that has two budgets fails, so each counter pod has one. */
function whichCrashed(cluster: CounterCluster, operator: "In" | "NotIn"): object {
  const matchExpressions = [{ key: REPLICA_SET_LABEL, operator, values: [CRASHED] }];
  return { matchLabels: selectorLabels(cluster, "counter"), matchExpressions };
}

/** Otherwise a single member that is not ready would block its node forever. But the other members may need one of three that is not ready. */
function storeLimits(cluster: CounterCluster, { members }: ManagedEtcd): Limits {
  const selector = { matchLabels: selectorLabels(cluster, "etcd") };
  return { selector, maxUnavailable: 1, ...(members === 1 && { unhealthyPodEvictionPolicy: "AlwaysAllow" }) };
}

interface Limits {
  readonly selector: object;
  readonly maxUnavailable?: number;
  readonly minAvailable?: number;
  readonly unhealthyPodEvictionPolicy?: "AlwaysAllow" | "IfHealthyBudget";
}

function budget(cluster: CounterCluster, component: Component, name: string, limits: Limits): DesiredObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: childMeta(cluster, component, name),
    spec: limits,
  };
}
