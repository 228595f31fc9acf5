import type { Pod } from "./children.ts";
import { ANSWER_HOLDS } from "./hold.ts";
import type { ClusterAnswer, Observation } from "./observation.ts";

/** The newest answer of a counter pod, if it still says something about the present. */
export function currentAnswer({ answer, now }: Observation): ClusterAnswer | null {
  return answer !== null && now - answer.at <= ANSWER_HOLDS ? answer : null;
}

/** Pods of one component that are there to stay. */
export function livePods({ pods }: Observation, component: "counter" | "etcd"): Pod[] {
  return pods.filter((pod) => componentOf(pod) === component && pod.metadata.deletionTimestamp === undefined);
}

export function componentOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.["app.kubernetes.io/component"];
}
