import { dashboardName } from "./desired/names.ts";
import type { Failure } from "./failure.ts";
import type { Observation, RefusedObject } from "./observation.ts";

/** Kinds of objects through which people look at the cluster, or that protect its pods. Without them everything counts. */
const NOT_FOR_COUNTING: ReadonlySet<string> = new Set([
  "Ingress",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "PodMonitor",
]);

/** Refused objects without which there is no counting, or which do not have the state that they must have. */
export function blockingRefusals(observation: Observation): Failure[] {
  return observation.refusedObjects.filter((refused) => isForCounting(refused, observation)).map(asFailure);
}

export function harmlessRefusals(observation: Observation): Failure[] {
  return observation.refusedObjects.filter((refused) => !isForCounting(refused, observation)).map(asFailure);
}

function isForCounting({ object }: RefusedObject, { cluster }: Observation): boolean {
  const [kind = ""] = object.split(" ");
  return !NOT_FOR_COUNTING.has(kind) && object !== `ConfigMap ${dashboardName(cluster)}`;
}

function asFailure({ object, message }: RefusedObject): Failure {
  return { reason: "Refused", message: `${object}: ${message}` };
}
