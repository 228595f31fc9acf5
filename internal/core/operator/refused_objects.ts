import { dashboardName } from "./desired/names.ts";
import type { Observation, Refusal } from "./observation.ts";
import type { Problem } from "./verdict.ts";

/** Kinds whose objects people look through, or that protect the pods: without them everything counts. */
const NOT_FOR_COUNTING: ReadonlySet<string> = new Set([
  "Ingress",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "PodMonitor",
]);

/** Refusals of objects without which there is no counting, or which may not be as they must. */
export function hinderingRefusals(observation: Observation): Problem[] {
  return observation.refusals.filter((refusal) => isForCounting(refusal, observation)).map(asProblem);
}

export function harmlessRefusals(observation: Observation): Problem[] {
  return observation.refusals.filter((refusal) => !isForCounting(refusal, observation)).map(asProblem);
}

function isForCounting({ object }: Refusal, { cluster }: Observation): boolean {
  const [kind = ""] = object.split(" ");
  return !NOT_FOR_COUNTING.has(kind) && object !== `ConfigMap ${dashboardName(cluster)}`;
}

function asProblem({ object, message }: Refusal): Problem {
  return { reason: "Refused", message: `${object}: ${message}` };
}
