import type { Pod } from "./children.ts";
import { livePods } from "./current_answer.ts";
import { etcdName } from "./desired/names.ts";
import { etcdInputs } from "./desired/pod_inputs.ts";
import { ROLL_OUT_ANYWAY } from "./hold.ts";
import type { Observation } from "./observation.ts";
import { recordedPods, sameValue } from "./rollout.ts";

/**
 * Name of the member that must be ready before the others are replaced by those that the resource asks for now; null: nothing is to be
 * replaced, or may be. The StatefulSet's controller begins with the last member, whether the others are ready or not, and with two of
 * three away there is no quorum. Where there is none already, the new pods may be what brings it back; so they may be for the last member.
 */
export function memberWaitedFor(observation: Observation): string | null {
  const { cluster, statefulSet } = observation;
  const { managed } = cluster.spec.store.etcd;
  const recorded = recordedPods(statefulSet);
  if (!managed || !recorded || sameValue(recorded.inputs, etcdInputs(cluster, managed))) return null;
  if (cluster.metadata.annotations?.[ROLL_OUT_ANYWAY] !== undefined) return null;
  const away = managed.members - (statefulSet?.status?.readyReplicas ?? 0);
  if (managed.members === 1 || away !== 1) return null;
  const unready = livePods(observation, "etcd").filter((pod) => !isReady(pod));
  const names = unready.map(({ metadata }) => metadata.name);
  const last = `${etcdName(cluster)}-${managed.members - 1}`;
  return names.includes(last) ? null : (names[0] ?? "the one that is missing");
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
