import type { CounterCluster } from "../counter_cluster.ts";
import type { CounterRollout } from "../rollout.ts";
import { childMeta, counterName, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";

export function counterDeployment(cluster: CounterCluster, rollout: CounterRollout): DesiredObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: childMeta(cluster, "counter", counterName(cluster), rollout.notes),
    spec: {
      replicas: rollout.replicas,
      // Always set, even to the default: a field that is not applied is not ours, and somebody else's pause would last.
      paused: rollout.paused,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(cluster, "counter") },
      // A pod leaves only after another one serves, so there are always as many as the spec asks for.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
      template: rollout.pods,
    },
  };
}
