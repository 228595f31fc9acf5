import type { Pod } from "./children.ts";
import { isDetached } from "./crashed_pods.ts";
import type { Findings } from "./findings.ts";
import { ROLL_OUT_ANYWAY } from "./hold.ts";

/** What the operator must do about crashed counter pods. */
export interface CrashedPodActions {
  /**
   * Pods to take from their ReplicaSet. Nothing else keeps it from removing a pod that waits to be started again: a Deployment that somebody
   * scales removes it at once, even while it is paused. The ReplicaSet makes another pod in its place.
   */
  readonly detach: readonly Pod[];
  /** Detached pods that are not needed any more. They drain, as every pod that leaves. */
  readonly remove: readonly Pod[];
}

export function crashedPodActions(findings: Findings): CrashedPodActions {
  const { cluster, counterPods, crashedPods, hold, deployment } = findings;
  const anyway = cluster.metadata.annotations?.[ROLL_OUT_ANYWAY] !== undefined;
  const waiting = new Set(crashedPods.filter(({ waits }) => waits).map(({ name }) => name));
  const replaced = (deployment?.status?.readyReplicas ?? 0) >= cluster.spec.replicas;
  return {
    detach: anyway ? [] : counterPods.filter(({ metadata }) => waiting.has(metadata.name)),
    remove: counterPods.filter((pod) => isDetached(pod) && (anyway || (hold === null && replaced && isReady(pod)))),
  };
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
