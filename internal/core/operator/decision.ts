import type { CounterClusterStatus } from "./counter_cluster.ts";
import type { DesiredObject } from "./desired/object.ts";
import type { Observation } from "./observation.ts";

/** What is to be done about one cluster. */
export interface Decision {
  /** To be applied; what else the resource controls is to be removed. */
  readonly objects: readonly DesiredObject[];
  /** To be written when it differs from what the resource has. */
  readonly status: CounterClusterStatus;
  readonly events: readonly ClusterEvent[];
  /** To be given to the next decision about the same resource. */
  readonly recollection: Recollection;
}

/** What the operator keeps in memory of one resource between decisions. It may be lost at any time. */
export interface Recollection {
  readonly observation: Observation;
  readonly status: CounterClusterStatus;
  /** Totals of the last seconds, oldest first. */
  readonly samples: readonly Sample[];
  /** The last leader that was known. */
  readonly leader?: string;
}

export interface Sample {
  readonly total: bigint;
  /** Wall-clock milliseconds. */
  readonly at: number;
}

/** Something that a person would want to know; becomes a Kubernetes Event about the resource. */
export interface ClusterEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface Surroundings {
  /** The operator's own image, for pods whose resource names none. */
  readonly image: string;
}
