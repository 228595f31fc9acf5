import { livePods } from "./current_answer.ts";
import { ROLL_OUT_ANYWAY } from "./hold.ts";
import type { Observation } from "./observation.ts";
import { type CounterRollout, type Postponement, RENDERED } from "./rollout.ts";
import { memberWaitedFor } from "./store_rollout.ts";
import { fails, holds, type Verdict } from "./verdict.ts";
import { foreignVolumes } from "./volumes.ts";

/** Whether anything is on its way to what the spec wants. */
export function progressing(observation: Observation, rollout: CounterRollout): Verdict {
  const { cluster } = observation;
  if (rollout.postponed) return postponed(rollout.postponed, cluster.metadata.name);
  const step = counterStep(observation, rollout) ?? storeStep(observation);
  return step ?? end(observation);
}

function end({ refusals }: Observation): Verdict {
  if (refusals.length === 0) return fails("Done", "Everything is as the spec wants it.");
  const refused = refusals.map(({ object }) => object).join(", ");
  return fails("Refused", `Everything is as the spec wants it, but for what is refused: ${refused}.`);
}

/** The counters' own way, or null when it is at its end. */
export function counterStep(observation: Observation, rollout: CounterRollout): Verdict | null {
  const { cluster, deployment } = observation;
  if (!deployment) return formerStep(observation) ?? holds("Creating", "The counter pods are being made.");
  const { metadata, spec, status = {} } = deployment;
  const told = metadata.annotations?.[RENDERED] === rollout.notes[RENDERED] && spec?.replicas === rollout.replicas;
  const heard = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (!told || !heard) return holds("Applying", "The Deployment is being changed.");
  const wanted = cluster.spec.replicas;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  if (updatedReplicas < replicas) return holds("RollingOut", `${updatedReplicas} of ${replicas} pods are new.`);
  if (replicas !== wanted) return holds("Scaling", `There are ${replicas} pods, and ${wanted} are wanted.`);
  if (readyReplicas < wanted) return holds("Starting", `${readyReplicas} of ${wanted} pods are ready.`);
  return null;
}

/** Who deletes a resource and makes it again waits for this, for ever where a machine is gone that nobody has declared dead. */
function formerStep({ cluster, formerStorePods, leaving }: Observation): Verdict | null {
  const [pod] = formerStorePods;
  if (pod !== undefined) {
    const { namespace } = cluster.metadata;
    const pods = formerStorePods.join(", ");
    return holds(
      "WaitsForFormerStore",
      `The store of an earlier resource of this name has to be gone first: ${pods}. If the pod's machine does not come back: kubectl delete pod -n ${namespace} ${pod} --force`,
    );
  }
  if (leaving.length === 0) return null;
  const message = `These have to be gone before they are made again: ${leaving.join(", ")}.`;
  return holds("WaitsForFormerObjects", message);
}

function storeStep(observation: Observation): Verdict | null {
  const members = observation.cluster.spec.store.etcd.managed?.members;
  if (members === undefined || foreignVolumes(observation)) return null;
  const waitedFor = memberWaitedFor(observation);
  if (waitedFor !== null) return storePostponed(waitedFor, observation.cluster.metadata.name);
  const ready = observation.statefulSet?.status?.readyReplicas ?? 0;
  const updating = livePods(observation, "etcd").length !== members;
  if (ready >= members && !updating) return null;
  return holds("StoreStarting", `${ready} of ${members} members of the store are ready.`);
}

function postponed({ rollout, scaleDown, hold }: Postponement, name: string): Verdict {
  const what = [...(rollout ? ["restarting pods"] : []), ...(scaleDown ? ["removing pods"] : [])].join(" and ");
  return holds(
    rollout ? "RolloutPostponed" : "ScaleDownPostponed",
    `Postponed: ${what}, because ${hold.message}. ${goOn(name)}`,
  );
}

function storePostponed(member: string, name: string): Verdict {
  const why = `${member} is not ready, and with another one away there is no quorum`;
  return holds("StoreRolloutPostponed", `Postponed: restarting the store's members, because ${why}. ${goOn(name)}`);
}

function goOn(name: string): string {
  return `To go on all the same: kubectl annotate gcc/${name} ${ROLL_OUT_ANYWAY}=yes`;
}
