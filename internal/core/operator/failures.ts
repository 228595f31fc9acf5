import { type ConditionState, conditionFalse, conditionTrue } from "./condition_state.ts";
import type { Failure } from "./failure.ts";
import type { Findings } from "./findings.ts";
import { ignoredVariables } from "./ignored_variables.ts";
import { podFailure } from "./pod_failures.ts";
import { blockingRefusals, harmlessRefusals } from "./refused_objects.ts";
import { keptVolumes, pendingVolumes } from "./volume_failures.ts";
import { waitingMembers } from "./waiting_members.ts";

/** Everything that needs a person, causes before their effects. */
export interface Failures {
  /** Refused objects without which there is no counting. They are among `blocking`, too. */
  readonly refused: readonly Failure[];
  /** What may be the reason why not every pod counts. */
  readonly blocking: readonly Failure[];
  readonly harmless: readonly Failure[];
}

/** Nobody would read more, and the first ones explain the others. */
const MOST_SHOWN = 3;
const NEEDS_A_PERSON: ReadonlySet<string> = new Set(["full", "lost", "corrupt"]);

export function failuresOf(findings: Findings): Failures {
  const refused = blockingRefusals(findings);
  return {
    refused,
    blocking: [
      ...refused,
      ...keptVolumes(findings),
      ...pendingVolumes(findings),
      ...failedStore(findings),
      ...podsNotCreated(findings),
      ...failedPods(findings),
      ...waitingMembers(findings),
    ],
    harmless: [...harmlessRefusals(findings), ...ignoredVariables(findings)],
  };
}

/** Whether something needs a person. */
export function degraded({ blocking, harmless }: Failures): ConditionState {
  const failures = [...blocking, ...harmless];
  const [first] = failures;
  if (!first) return conditionFalse("AsExpected", "No action is needed.");
  const shown = failures.slice(0, MOST_SHOWN).map(({ message }) => message);
  const more = failures.length - shown.length;
  return conditionTrue(first.reason, shown.join(" | ") + (more > 0 ? ` | and ${more} more` : ""));
}

function failedStore({ currentReport, storeHealth }: Findings): Failure[] {
  return currentReport && NEEDS_A_PERSON.has(currentReport.store) ? [storeHealth] : [];
}

/** A quota or an admission webhook refuses pods before they exist. */
function podsNotCreated({ deployment }: Findings): Failure[] {
  const failure = deployment?.status?.conditions?.find(({ type }) => type === "ReplicaFailure");
  if (failure?.status !== "True") return [];
  return [{ reason: "PodsRefused", message: failure.message ?? "the API server refuses to create pods" }];
}

function failedPods({ etcdPods, counterPods, now }: Findings): Failure[] {
  return [...etcdPods, ...counterPods].flatMap((pod) => podFailure(pod, now) ?? []);
}
