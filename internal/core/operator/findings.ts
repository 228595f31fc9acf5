import type { Pod } from "./children.ts";
import type { ConditionState } from "./condition_state.ts";
import { type CrashedPod, crashedPods } from "./crashed_pods.ts";
import { type Hold, holdOf } from "./hold.ts";
import { livePods } from "./live_pods.ts";
import type { ClusterReport, Observation } from "./observation.ts";
import { storeHealth } from "./store_health.ts";
import { awaitedMember, storeTrust } from "./store_rollout.ts";
import type { Transport } from "./transport.ts";
import { transportOf } from "./transport_change.ts";
import { type ForeignVolumes, foreignVolumes } from "./volumes.ts";

/** Milliseconds after which a report says nothing about the present. */
export const REPORT_HOLDS_MS = 15_000;

/** An observation, and what several parts of a decision conclude from it. Each conclusion is drawn here, once a decision. */
export interface Findings extends Observation {
  /** The newest report; null if it is too old to say anything about the present. */
  readonly currentReport: ClusterReport | null;
  /** Counter pods that are not being deleted. */
  readonly counterPods: readonly Pod[];
  /** Pods of the managed store that are not being deleted. */
  readonly etcdPods: readonly Pod[];
  /** Counter pods that crashed, and that their ReplicaSet could remove before they are back. */
  readonly crashedPods: readonly CrashedPod[];
  readonly storeHealth: ConditionState;
  /** Volumes on which the store must not be started; null: none. */
  readonly foreignVolumes: ForeignVolumes | null;
  /** Why no pod may be restarted or removed now; null: pods may be. */
  readonly hold: Hold | null;
  readonly transport: Transport;
  /** What the store's pods are to trust. Null: they use no TLS, or there are no certificates yet. */
  readonly storeTrust: string | null;
  /** The store's member that must be ready before others may be replaced; null: none. */
  readonly awaitedMember: string | null;
}

export function findingsOf(observation: Observation): Findings {
  const { cluster, pods, report, now } = observation;
  const currentReport = report !== null && now - report.at <= REPORT_HOLDS_MS ? report : null;
  const [counterPods, etcdPods] = [livePods(pods, "counter"), livePods(pods, "etcd")];
  const crashed = crashedPods(counterPods, now);
  const hold = holdOf(cluster, currentReport, crashed, now);
  const transport = transportOf({ ...observation, hold });
  const trust = storeTrust(observation, transport);
  return {
    ...observation,
    currentReport,
    counterPods,
    etcdPods,
    crashedPods: crashed,
    storeHealth: storeHealth(cluster, currentReport),
    foreignVolumes: foreignVolumes(observation),
    hold,
    transport,
    storeTrust: trust,
    awaitedMember: awaitedMember(observation, etcdPods, trust),
  };
}
