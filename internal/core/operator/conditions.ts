import { isoTime } from "../iso_time.ts";
import type { ConditionState } from "./condition_state.ts";
import type { Condition, ConditionType } from "./counter_cluster.ts";
import { degraded, failuresOf } from "./failures.ts";
import type { Findings } from "./findings.ts";
import type { Observation } from "./observation.ts";
import { progressing, progressOf } from "./progress.ts";
import { readiness } from "./readiness.ts";
import type { CounterRollout } from "./rollout.ts";
import { isolated, secure } from "./security.ts";

/** `before`: the conditions of the previous decision. */
export function conditionsOf(
  findings: Findings,
  rollout: CounterRollout,
  before: readonly Condition[] | undefined,
): Condition[] {
  const progress = progressOf(findings, rollout);
  const failures = failuresOf(findings);
  const states: [ConditionType, ConditionState][] = [
    ["Ready", readiness(findings, progress, failures)],
    ["Progressing", progressing(progress, findings.refusedObjects)],
    ["Degraded", degraded(failures)],
    ["StoreHealthy", findings.storeHealth],
    ["Secure", secure(findings, conditionOf(before, "Secure"))],
    ["Isolated", isolated(findings)],
  ];
  return states.map(([type, state]) => asCondition(type, state, findings, conditionOf(before, type)));
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: ConditionType): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function asCondition(
  type: ConditionType,
  { status, reason, message }: ConditionState,
  { cluster, now }: Observation,
  before: Condition | undefined,
): Condition {
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : isoTime(now);
  return { type, status, reason, message, lastTransitionTime, observedGeneration: cluster.metadata.generation };
}
