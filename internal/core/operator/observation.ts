import type { NodeState, StoreState } from "../cluster/cluster_view.ts";
import type { Deployment, PersistentVolumeClaim, Pod, StatefulSet, StorageClass } from "./children.ts";
import type { CounterCluster } from "./counter_cluster.ts";

/** Everything that a decision about one cluster is made of, as it was seen at one moment. */
export interface Observation {
  readonly cluster: CounterCluster;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** Null: there is none. Older than the last apply is harmless: what it lacks is then reported as not done yet. */
  readonly deployment: Deployment | null;
  readonly statefulSet: StatefulSet | null;
  /** All pods that carry the cluster's instance label, terminating ones until they are gone. */
  readonly pods: readonly Pod[];
  /** All PersistentVolumeClaims of the namespace that carry the cluster's instance label, also those of an earlier resource of its name. */
  readonly volumes: readonly PersistentVolumeClaim[];
  /** Null: this operator may not read them. */
  readonly storageClasses: readonly StorageClass[] | null;
  /** The newest answer of any counter pod since the operator started, also if it is old by now; null: there was none. */
  readonly answer: ClusterAnswer | null;
  /** Names of the pods of an earlier resource's store that must be gone before anything is made. */
  readonly formerStorePods: readonly string[];
  /** Objects of an earlier resource of this name, or of this one, that are on their way out, such as `Deployment visits`. */
  readonly leaving: readonly string[];
  /** Objects that the API server refused when they were last applied. */
  readonly refusals: readonly Refusal[];
}

/** What a counter pod said of its cluster, and of the counter `visits`. */
export interface ClusterAnswer {
  /** When it came, in wall-clock milliseconds. */
  readonly at: number;
  /** Name of the pod that gave it. */
  readonly pod: string;
  readonly ledger: string | null;
  readonly version: number | null;
  /** Id of the leader among `nodes`. */
  readonly leader: string | null;
  readonly store: StoreState | "unknown";
  readonly storeDetail: string;
  /** Seconds since the ledger was known to be current; null: it never was. */
  readonly age: number | null;
  /** Seconds between two rounds, as the write budget may have stretched them; 0: no leader was heard yet. */
  readonly interval: number;
  /** Committed hits; null: not known yet. */
  readonly total: bigint | null;
  readonly nodes: readonly AnsweredNode[];
}

export interface AnsweredNode {
  readonly id: string;
  /** Name of its pod. */
  readonly name: string;
  readonly state: NodeState;
}

/** The API server does not take an object as it is desired. */
export interface Refusal {
  /** For example `Deployment visits`. */
  readonly object: string;
  /** The API server's own words. */
  readonly message: string;
}
