import type { Deployment, Pod, StatefulSet } from "./children.ts";
import type { CounterCluster } from "./counter_cluster.ts";
import { counterInputs } from "./desired/pod_inputs.ts";
import type { Hold } from "./hold.ts";
import type { CertificatesState } from "./observation.ts";
import { type RenderedPods, recordedPods, sameValue } from "./rollout.ts";
import type { Transport } from "./transport.ts";

export interface TransportFacts {
  readonly cluster: CounterCluster;
  readonly deployment: Deployment | null;
  readonly statefulSet: StatefulSet | null;
  readonly pods: readonly Pod[];
  readonly certificates: CertificatesState;
  readonly hold: Hold | null;
}

/**
 * What the pods use from now on. A cluster that runs changes in two steps, so that at each moment all counters can talk to each other:
 *
 * - T1 First, all counters are replaced by counters that accept peers with and without TLS. The store stays as it is.
 * - T2 Once no other counter is left, and the store takes commits, the store is restarted and the counters are replaced again. Until the
 *   first of the new ones leads, nothing is committed. Everything is counted and kept.
 * - T3 A newer operator alone changes nothing: it begins when a person sets `tls.enabled`, or changes the counters anyway.
 * - T4 Pods that run with TLS keep it. Members of a store could not tell each other that they go back.
 */
export function transportOf(facts: TransportFacts): Transport {
  const wanted = wantedTransport(facts.cluster);
  const present = presentTransport(facts, wanted);
  if (present.peers === "tls") return ON;
  if (present.peers === "both") return present.store === "tls" || mayFinish(facts) ? ON : present;
  return wanted === "tls" && mayBegin(facts, present) ? { ...present, peers: "both" } : present;
}

const ON: Transport = { peers: "tls", store: "tls" };

/** Whether the pods have certificates, or need them soon. */
export function needsCertificates(facts: Pick<TransportFacts, "cluster" | "deployment" | "statefulSet">): boolean {
  const wanted = wantedTransport(facts.cluster);
  const { peers, store } = presentTransport(facts, wanted);
  return wanted === "tls" || peers !== "plain" || store === "tls";
}

export function wantedTransport({ spec }: CounterCluster): "plain" | "tls" {
  return spec.tls.enabled === false ? "plain" : "tls";
}

/** As the pods were last rendered. Without any, as they are wanted. */
export function presentTransport(
  { cluster, deployment, statefulSet }: Pick<TransportFacts, "cluster" | "deployment" | "statefulSet">,
  wanted: "plain" | "tls",
): Transport {
  const [counters, store] = [recordedPods(deployment), recordedPods(statefulSet)];
  const storeNow = store && storeIn(store);
  const peers = counters ? peersIn(counters) : (storeNow ?? wanted);
  const fallback = peers === "tls" ? "tls" : "plain";
  return { peers, store: cluster.spec.store.etcd.managed ? (storeNow ?? fallback) : fallback };
}

function peersIn({ inputs }: RenderedPods): Transport["peers"] {
  return inputs.tls === "both" || inputs.tls === "tls" ? inputs.tls : "plain";
}

function storeIn({ inputs }: RenderedPods): Transport["store"] {
  return inputs.tls === undefined ? "plain" : "tls";
}

function mayBegin({ cluster, deployment, certificates }: TransportFacts, present: Transport): boolean {
  if (certificates.trust === null) return false;
  if (cluster.spec.tls.enabled !== undefined) return true;
  const recorded = recordedPods(deployment);
  return recorded !== null && !sameValue(recorded.inputs, counterInputs(cluster, present));
}

function mayFinish({ cluster, deployment, statefulSet, pods, hold }: TransportFacts): boolean {
  const members = cluster.spec.store.etcd.managed?.members ?? 0;
  const storeIsComplete = (statefulSet?.status?.readyReplicas ?? 0) >= members;
  return hold === null && storeIsComplete && isRolledOut(deployment) && !pods.some(isLeavingCounter);
}

/** Whether all pods are as they were last rendered, and ready. */
export function isRolledOut(deployment: Deployment | null): boolean {
  const { metadata, spec, status } = deployment ?? {};
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status ?? {};
  const counts = [replicas, updatedReplicas, readyReplicas];
  return observedGeneration >= (metadata?.generation ?? 0) && counts.every((count) => count === spec?.replicas);
}

/** It may still need peers that talk as it does, to hand its hits off. */
function isLeavingCounter({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.labels?.["app.kubernetes.io/component"] === "counter";
}
