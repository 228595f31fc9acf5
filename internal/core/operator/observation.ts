import type { NodeState, StoreState } from "../cluster/cluster_view.ts";
import type { Deployment, PersistentVolumeClaim, Pod, StatefulSet, StorageClass } from "./children.ts";
import type { CounterCluster } from "./counter_cluster.ts";

/** Everything that a decision about one cluster is based on, as it was at one moment. */
export interface Observation {
  readonly cluster: CounterCluster;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** Null: there is none. One that is older than the last apply is harmless: what it lacks is then reported as not done yet. */
  readonly deployment: Deployment | null;
  readonly statefulSet: StatefulSet | null;
  /** All pods with the cluster's instance label. Pods that are being deleted are included until they are gone. */
  readonly pods: readonly Pod[];
  /** All PersistentVolumeClaims of the namespace with the cluster's instance label, also those of an earlier resource of its name. */
  readonly volumes: readonly PersistentVolumeClaim[];
  /** Null: this operator may not read them. */
  readonly storageClasses: readonly StorageClass[] | null;
  /** The newest report of any counter pod since the operator started, even if it is old by now; null: there was none. */
  readonly report: ClusterReport | null;
  /** Names of the pods of an earlier resource's store. They must be gone before the operator creates anything. */
  readonly formerStorePods: readonly string[];
  /** Objects of an earlier resource of this name, or of this one, that are being deleted, such as `Deployment visits`. */
  readonly leaving: readonly string[];
  readonly certificates: CertificatesState;
  /** Whether the operator could connect to a counter's peer port, which a network policy forbids. Null: it has not tried. */
  readonly reachedByStranger: boolean | null;
  /** Objects that the API server refused when they were last applied. */
  readonly refusedObjects: readonly RefusedObject[];
}

/** The certificates in the resource's Secrets. */
export interface CertificatesState {
  /** Changes with the trusted authorities that pods must know before they meet certificates of them. Null: not all Secrets have certificates. */
  readonly trust: string | null;
  /** When the first of the pods' certificates expires, in wall-clock milliseconds; null: there are none. */
  readonly validUntil: number | null;
  /** Secrets that an issuer has not written yet, or that it left without a valid certificate. */
  readonly awaited: readonly string[];
}

/** What a counter pod reported about its cluster and its counters. */
export interface ClusterReport {
  /** When it came, in wall-clock milliseconds. */
  readonly at: number;
  /** Name of the pod that reported. */
  readonly pod: string;
  readonly ledger: string | null;
  readonly version: number | null;
  /** Id of the leader among `nodes`. */
  readonly leader: string | null;
  readonly store: StoreState | "unknown";
  readonly storeDetail: string;
  /** Seconds since the ledger was known to be current; null: it never was. */
  readonly age: number | null;
  /** Seconds between two rounds; the write budget may stretch them. 0: the pod has not heard a leader yet. */
  readonly interval: number;
  /** Committed hits of all counters; null: not known yet. A pod of an older image reports those of `visits` alone. */
  readonly total: bigint | null;
  /** Some of the largest counters, the largest first. */
  readonly largest: readonly ReportedTotal[];
  readonly nodes: readonly ReportedNode[];
}

export interface ReportedTotal {
  readonly name: string;
  readonly total: bigint;
}

export interface ReportedNode {
  readonly id: string;
  /** Name of its pod. */
  readonly name: string;
  readonly state: NodeState;
  /** Hits that it had acknowledged and that were not committed when it last answered the leader. */
  readonly pending: number;
  /** Seconds since then; null: this leader has never heard it. */
  readonly age: number | null;
}

/** An object that the API server does not accept as it is desired. */
export interface RefusedObject {
  /** For example `Deployment visits`. */
  readonly object: string;
  /** The API server's own words. */
  readonly message: string;
}
