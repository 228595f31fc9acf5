import { isRecent } from "../iso_time.ts";
import type { PersistentVolumeClaim, StorageClass } from "./children.ts";
import { currentAnswer, livePods } from "./current_answer.ts";
import type { Observation } from "./observation.ts";
import { podProblem } from "./pod_problems.ts";
import { harmlessRefusals, hinderingRefusals } from "./refused_objects.ts";
import { storeHealth } from "./store_health.ts";
import { fails, holds, type Problem, type Verdict } from "./verdict.ts";
import { foreignVolumes, PENDING_FOR, storeVolumes } from "./volumes.ts";
import { waitingMembers } from "./waiting_members.ts";

/** More would not be read; the first ones are those that explain the others. */
const MOST_TOLD = 3;
const NEEDS_A_PERSON: ReadonlySet<string> = new Set(["full", "lost", "corrupt"]);
/** https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass */
const IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";

/** Whether something needs a person. */
export function degraded(observation: Observation): Verdict {
  const problems = problemsOf(observation);
  const [first] = problems;
  if (!first) return fails("AsExpected", "Nothing needs a person.");
  const told = problems.slice(0, MOST_TOLD).map(({ message }) => message);
  const more = problems.length - told.length;
  return holds(first.reason, told.join(" | ") + (more > 0 ? ` | and ${more} more like this` : ""));
}

/** The causes first. */
function problemsOf(observation: Observation): Problem[] {
  return [...hindrances(observation), ...harmlessRefusals(observation)];
}

/** Those of them that may be why not every pod counts. */
export function hindrances(observation: Observation): Problem[] {
  return [
    ...hinderingRefusals(observation),
    ...keptVolumes(observation),
    ...pendingVolumes(observation),
    ...troubledStore(observation),
    ...podsNotMade(observation),
    ...troubledPods(observation),
    ...waitingMembers(observation),
  ];
}

function keptVolumes(observation: Observation): Problem[] {
  const foreign = foreignVolumes(observation);
  if (!foreign) return [];
  const { metadata, spec } = observation.cluster;
  const of = foreign.members === null ? "of something else" : `of a store of ${foreign.members}`;
  const wanted = spec.store.etcd.managed?.members;
  const way =
    foreign.members === null
      ? "Rename them or the resource"
      : `Set spec.store.etcd.managed.members to ${foreign.members} (in a new resource) to go on from their total`;
  const drop = `or delete them to begin at zero: kubectl delete pvc -n ${metadata.namespace} ${foreign.names.join(" ")}`;
  return [
    {
      reason: "KeptVolumes",
      message: `There are volumes ${of}, and this one has ${wanted}: the store is not started on them. ${way}, ${drop}`,
    },
  ];
}

function pendingVolumes({ cluster, volumes, storageClasses, now }: Observation): Problem[] {
  return storeVolumes(cluster, volumes)
    .filter(({ status }) => status?.phase === "Pending")
    .flatMap((volume) => noStorageClass(volume, storageClasses) ?? pendingForLong(volume, now) ?? []);
}

/** No waiting helps against that. */
function noStorageClass(
  { metadata, spec }: PersistentVolumeClaim,
  classes: readonly StorageClass[] | null,
): Problem | null {
  const wanted = spec?.storageClassName;
  // Where there is a default class, the API server has put its name in.
  if (wanted === undefined && !classes?.some(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === "true")) {
    const message = `The volume ${metadata.name} waits: there is no default StorageClass. Make one, or name one in spec.store.etcd.managed.storage`;
    return { reason: "NoDefaultStorageClass", message };
  }
  if (wanted && classes?.every(({ metadata }) => metadata.name !== wanted)) {
    return {
      reason: "NoSuchStorageClass",
      message: `The volume ${metadata.name} waits: there is no StorageClass ${wanted}`,
    };
  }
  return null;
}

function pendingForLong({ metadata, spec }: PersistentVolumeClaim, now: number): Problem | null {
  if (isRecent(metadata.creationTimestamp, PENDING_FOR, now)) return null;
  const wanted = spec?.storageClassName;
  const message = `The volume ${metadata.name} waits to be provided${wanted ? ` by the StorageClass ${wanted}` : ""}; kubectl describe pvc says why`;
  return { reason: "VolumePending", message };
}

function troubledStore(observation: Observation): Problem[] {
  const answer = currentAnswer(observation);
  return answer && NEEDS_A_PERSON.has(answer.store) ? [storeHealth(observation)] : [];
}

/** A quota, or what admits pods, refuses them before they exist. */
function podsNotMade({ deployment }: Observation): Problem[] {
  const failure = deployment?.status?.conditions?.find(({ type }) => type === "ReplicaFailure");
  return failure?.status === "True" ? [{ reason: "PodsRefused", message: failure.message ?? "pods are refused" }] : [];
}

function troubledPods(observation: Observation): Problem[] {
  const pods = [...livePods(observation, "etcd"), ...livePods(observation, "counter")];
  return pods.flatMap((pod) => podProblem(pod, observation.now) ?? []);
}
