import { isoTime } from "../iso_time.ts";
import type { Condition, ConditionType } from "./counter_cluster.ts";
import type { Observation } from "./observation.ts";
import { degraded } from "./problems.ts";
import { progressing } from "./progress.ts";
import { readiness } from "./readiness.ts";
import type { CounterRollout } from "./rollout.ts";
import { storeHealth } from "./store_health.ts";
import type { Verdict } from "./verdict.ts";

/** `before`: the conditions that were decided on last. */
export function conditionsOf(
  observation: Observation,
  rollout: CounterRollout,
  before: readonly Condition[] | undefined,
): Condition[] {
  const verdicts: [ConditionType, Verdict][] = [
    ["Ready", readiness(observation, rollout)],
    ["Progressing", progressing(observation, rollout)],
    ["Degraded", degraded(observation)],
    ["StoreHealthy", storeHealth(observation)],
  ];
  return verdicts.map(([type, verdict]) => asCondition(type, verdict, observation, conditionOf(before, type)));
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: ConditionType): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function asCondition(
  type: ConditionType,
  verdict: Verdict,
  { cluster, now }: Observation,
  before: Condition | undefined,
): Condition {
  const { status, reason, message } = verdict;
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : isoTime(now);
  return { type, status, reason, message, lastTransitionTime, observedGeneration: cluster.metadata.generation };
}
