import { type ConditionState, conditionFalse, conditionTrue } from "./condition_state.ts";
import type { Findings } from "./findings.ts";
import { ROLL_OUT_ANYWAY } from "./hold.ts";
import type { RefusedObject } from "./observation.ts";
import { type CounterRollout, type Postponement, RENDERED } from "./rollout.ts";

/** What each part has yet to do to match the spec; null: nothing. */
export interface Progress {
  /** The counters' change that waits for the store. */
  readonly postponed: ConditionState | null;
  readonly counters: ConditionState | null;
  readonly store: ConditionState | null;
}

export function progressOf(findings: Findings, rollout: CounterRollout): Progress {
  return {
    postponed: rollout.postponed && postponed(rollout.postponed, findings.cluster.metadata.name),
    counters: countersProgress(findings, rollout),
    store: storeProgress(findings),
  };
}

/** Whether anything is still changing towards the spec. */
export function progressing(progress: Progress, refused: readonly RefusedObject[]): ConditionState {
  return progress.postponed ?? progress.counters ?? progress.store ?? done(refused);
}

function done(refused: readonly RefusedObject[]): ConditionState {
  if (refused.length === 0) return conditionFalse("Done", "Everything matches the spec.");
  const objects = refused.map(({ object }) => object).join(", ");
  return conditionFalse("Refused", `Everything matches the spec except the refused objects: ${objects}.`);
}

function countersProgress(findings: Findings, rollout: CounterRollout): ConditionState | null {
  const { cluster, deployment } = findings;
  if (!deployment) return formerProgress(findings) ?? conditionTrue("Creating", "The counter pods are being created.");
  const { metadata, spec, status = {} } = deployment;
  const applied = metadata.annotations?.[RENDERED] === rollout.notes[RENDERED] && spec?.replicas === rollout.replicas;
  const observed = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (!applied || !observed) return conditionTrue("Applying", "The Deployment is being updated.");
  const wanted = cluster.spec.replicas;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  if (updatedReplicas < replicas)
    return conditionTrue("RollingOut", `${updatedReplicas} of ${replicas} pods are updated.`);
  if (replicas !== wanted)
    return conditionTrue("Scaling", `There are ${replicas} pods, and the spec asks for ${wanted}.`);
  if (readyReplicas < wanted) return conditionTrue("Starting", `${readyReplicas} of ${wanted} pods are ready.`);
  return null;
}

/** A resource that was deleted and created again waits for these. It would wait forever if a node is gone and nobody has removed its pods. */
function formerProgress({ cluster, formerStorePods, leaving }: Findings): ConditionState | null {
  const [pod] = formerStorePods;
  if (pod !== undefined) {
    const { namespace } = cluster.metadata;
    const pods = formerStorePods.join(", ");
    return conditionTrue(
      "WaitsForFormerStore",
      `Pods of an earlier resource's store must be gone first: ${pods}. If the node of a pod does not come back: kubectl delete pod -n ${namespace} ${pod} --force`,
    );
  }
  if (leaving.length === 0) return null;
  const message = `These objects must be gone before they are created again: ${leaving.join(", ")}.`;
  return conditionTrue("WaitsForFormerObjects", message);
}

function storeProgress({
  cluster,
  statefulSet,
  etcdPods,
  foreignVolumes,
  awaitedMember,
}: Findings): ConditionState | null {
  const members = cluster.spec.store.etcd.managed?.members;
  if (members === undefined || foreignVolumes) return null;
  if (awaitedMember !== null) return storePostponed(awaitedMember, cluster.metadata.name);
  const ready = statefulSet?.status?.readyReplicas ?? 0;
  if (ready >= members && etcdPods.length === members) return null;
  return conditionTrue("StoreStarting", `${ready} of ${members} members of the store are ready.`);
}

function postponed({ rollout, scaleDown, hold }: Postponement, name: string): ConditionState {
  const what = [...(rollout ? ["restarting pods"] : []), ...(scaleDown ? ["removing pods"] : [])].join(" and ");
  return conditionTrue(
    rollout ? "RolloutPostponed" : "ScaleDownPostponed",
    `Postponed: ${what}, because ${hold.message}. ${proceedAnyway(name)}`,
  );
}

function storePostponed(member: string, name: string): ConditionState {
  const why = `${member} is not ready, and without another member there would be no quorum`;
  const message = `Postponed: restarting the store's members, because ${why}. ${proceedAnyway(name)}`;
  return conditionTrue("StoreRolloutPostponed", message);
}

function proceedAnyway(name: string): string {
  return `To proceed anyway: kubectl annotate gcc/${name} ${ROLL_OUT_ANYWAY}=yes`;
}
