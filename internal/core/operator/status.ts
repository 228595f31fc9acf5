import { conditionsOf } from "./conditions.ts";
import type { CounterClusterStatus } from "./counter_cluster.ts";
import type { Sample } from "./decision.ts";
import { selectorText } from "./desired/names.ts";
import type { Observation } from "./observation.ts";
import type { CounterRollout } from "./rollout.ts";
import { told } from "./totals.ts";

/** `before`: the status that was decided on last. */
export function statusOf(
  observation: Observation,
  rollout: CounterRollout,
  before: CounterClusterStatus | undefined,
  samples: readonly Sample[],
): CounterClusterStatus {
  const { cluster, deployment } = observation;
  return {
    observedGeneration: cluster.metadata.generation,
    replicas: deployment?.status?.replicas ?? 0,
    readyReplicas: deployment?.status?.readyReplicas ?? 0,
    selector: selectorText(cluster, "counter"),
    ...told(observation, before, samples),
    conditions: conditionsOf(observation, rollout, before?.conditions),
  };
}
