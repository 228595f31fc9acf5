import type { Pod, StatefulSet } from "./children.ts";
import { etcdName } from "./desired/names.ts";
import { etcdInputs } from "./desired/pod_inputs.ts";
import { ROLL_OUT_ANYWAY } from "./hold.ts";
import type { Observation } from "./observation.ts";
import { isStoreCurrent, recordedPods } from "./rollout.ts";
import type { Transport } from "./transport.ts";

/**
 * Name of the member that must be ready before the others may be replaced by the pods that the resource now asks for. Null: nothing has to be
 * replaced, or it may begin. The StatefulSet's controller begins with the last member even if another one is not ready, and with two of three
 * away there is no quorum. Two cases may begin, because new pods may be what helps: there is no quorum already, or only the last member is away.
 */
export function awaitedMember(
  { cluster, statefulSet }: Observation,
  etcdPods: readonly Pod[],
  trust: string | null,
): string | null {
  const { managed } = cluster.spec.store.etcd;
  const recorded = recordedPods(statefulSet);
  if (!managed || !recorded || isStoreCurrent(recorded, etcdInputs(cluster, managed, trust))) return null;
  if (cluster.metadata.annotations?.[ROLL_OUT_ANYWAY] !== undefined) return null;
  const away = managed.members - (statefulSet?.status?.readyReplicas ?? 0);
  if (managed.members === 1 || away !== 1) return null;
  const names = etcdPods.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
  const last = `${etcdName(cluster)}-${managed.members - 1}`;
  return names.includes(last) ? null : (names[0] ?? "the missing member");
}

/** What the store's pods are to trust. While no certificates can be made, that stays as it is. */
export function storeTrust({ certificates, statefulSet }: Observation, { store }: Transport): string | null {
  return store === "plain" ? null : (certificates.trust ?? trustIn(statefulSet));
}

/**
 * Whether every member of the managed store trusts the authority, or there are none. etcd reads authorities only when it starts
 * (`TLSInfo.ServerConfig` in its client/pkg/transport/listener.go), certificates at each handshake.
 */
export function storeTrusts(trust: string, statefulSet: StatefulSet | null): boolean {
  if (statefulSet === null || trustIn(statefulSet) === null) return true;
  const { metadata, spec, status = {} } = statefulSet;
  const { observedGeneration = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  const replaced = observedGeneration >= (metadata.generation ?? 0) && updatedReplicas === spec?.replicas;
  return trustIn(statefulSet) === trust && replaced && readyReplicas === spec?.replicas;
}

function trustIn(statefulSet: StatefulSet | null): string | null {
  const tls = recordedPods(statefulSet)?.inputs.tls as { readonly trust?: string } | undefined;
  return tls?.trust ?? null;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
