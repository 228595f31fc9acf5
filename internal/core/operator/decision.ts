import type { CertificateLives } from "./certificates.ts";
import type { CounterClusterStatus } from "./counter_cluster.ts";
import type { DesiredObject } from "./desired/object.ts";
import type { CrashedPodActions } from "./detached_pods.ts";
import type { LastHeard } from "./lost_pods.ts";
import type { Observation } from "./observation.ts";

/** What the operator must do about one cluster. */
export interface Decision {
  /** Objects to apply. The operator removes all others that the resource controls. */
  readonly objects: readonly DesiredObject[];
  /** Status to write if the resource has another one. */
  readonly status: CounterClusterStatus;
  readonly events: readonly ResourceEvent[];
  readonly crashedPods: CrashedPodActions;
  /** Hits that were lost with pods that have gone since the last decision. */
  readonly lostHits: number;
  /** What the next decision about the same resource needs. */
  readonly next: PreviousState;
}

/** What the operator keeps in memory of one resource between decisions. It may be lost at any time. */
export interface PreviousState {
  readonly observation: Observation;
  readonly status: CounterClusterStatus;
  /** Totals of the last seconds, oldest first. */
  readonly samples: readonly Sample[];
  /** By the names of the counter pods. */
  readonly heard: ReadonlyMap<string, LastHeard>;
  /** The last known leader. */
  readonly leader?: string;
}

export interface Sample {
  readonly total: bigint;
  /** Wall-clock milliseconds. */
  readonly at: number;
}

/** Something that a person would want to know. It becomes a Kubernetes Event about the resource. */
export interface ResourceEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What a resource gets that does not say otherwise, and that is not in its definition. */
export interface OperatorDefaults {
  /** The operator's own image, for pods. */
  readonly image: string;
  /** Namespace of the operator's own pod, which the NetworkPolicies let in; null: it runs in no pod. */
  readonly namespace: string | null;
  readonly lives: CertificateLives;
}
