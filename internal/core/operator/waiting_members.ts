import { isRecent } from "../iso_time.ts";
import type { Pod } from "./children.ts";
import { currentAnswer, livePods } from "./current_answer.ts";
import type { Observation } from "./observation.ts";
import type { Problem } from "./verdict.ts";

/** Milliseconds: longer than members take to start together, or to take one back. */
const WAITS_FOR = 120_000;

/** Members of the store that wait for the others before their etcd starts, while the store is away: it does not come back by their waiting. */
export function waitingMembers(observation: Observation): Problem[] {
  if (!isAway(observation)) return [];
  const { namespace } = observation.cluster.metadata;
  return livePods(observation, "etcd")
    .filter((pod) => waitsForOthers(pod, observation.now))
    .map(({ metadata: { name } }) => ({
      reason: "MemberWaits",
      message: `${name} waits for the store's other members, and the store is away. It comes back when more than half of them run with their volumes; for whom it waits: kubectl logs -n ${namespace} ${name} -c prepare`,
    }));
}

/** By the counters' word; where none answers, because no quorum of members is ready. */
function isAway(observation: Observation): boolean {
  const answer = currentAnswer(observation);
  if (answer) return answer.store === "away";
  const members = observation.cluster.spec.store.etcd.managed?.members ?? 0;
  return (observation.statefulSet?.status?.readyReplicas ?? 0) <= members / 2;
}

function waitsForOthers({ status }: Pod, now: number): boolean {
  const startedAt = status?.initContainerStatuses?.find(({ name }) => name === "prepare")?.state?.running?.startedAt;
  return startedAt !== undefined && !isRecent(startedAt, WAITS_FOR, now);
}
