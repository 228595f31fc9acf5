import { conditionsOf } from "./conditions.ts";
import type { CounterClusterStatus } from "./counter_cluster.ts";
import type { Sample } from "./decision.ts";
import { selectorText } from "./desired/names.ts";
import type { Findings } from "./findings.ts";
import type { CounterRollout } from "./rollout.ts";
import { statusNumbers } from "./status_numbers.ts";

/** `before`: the status of the previous decision. */
export function statusOf(
  findings: Findings,
  rollout: CounterRollout,
  before: CounterClusterStatus | undefined,
  samples: readonly Sample[],
): CounterClusterStatus {
  const { cluster, deployment } = findings;
  return {
    observedGeneration: cluster.metadata.generation,
    replicas: deployment?.status?.replicas ?? 0,
    readyReplicas: deployment?.status?.readyReplicas ?? 0,
    selector: selectorText(cluster, "counter"),
    ...statusNumbers(findings, before, samples),
    conditions: conditionsOf(findings, rollout, before?.conditions),
  };
}
