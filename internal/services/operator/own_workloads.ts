import type { Deployment, StatefulSet } from "../../core/operator/children.ts";
import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../ports/kubernetes.ts";
import type { ApiView } from "./cache.ts";
import { CHILD_KINDS } from "./child_kinds.ts";
import { type Belonging, belongingOf } from "./ownership.ts";
import { isRefusal } from "./refused_objects.ts";

interface Workloads {
  readonly Deployment: KubernetesObject & Deployment;
  readonly StatefulSet: KubernetesObject & StatefulSet;
}

/** What an earlier resource of this name left runs other pods, with other settings. */
const OURS: ReadonlySet<Belonging> = new Set(["own", "leaving"]);

/**
 * The workload that the resource controls, or null when there is none. Its pods are kept as they are, so it is not taken for missing only
 * because it was not listed: somebody may have taken its labels off, or an API server that has just started have refused the list.
 * Throws KubernetesError when the API server was not reached.
 */
export async function ownWorkload<Kind extends keyof Workloads>(
  kind: Kind,
  name: string,
  cluster: CounterCluster,
  { api, view }: { readonly api: KubernetesApi; readonly view: ApiView },
): Promise<Workloads[Kind] | null> {
  const of = CHILD_KINDS.find((child) => child.kind === kind);
  if (!of) throw new Error(`${kind} is not among the kinds that the operator makes`);
  const found = view.child(of, cluster, name) ?? (await read(api, of, cluster.metadata.namespace, name));
  return found && OURS.has(belongingOf(found, cluster)) ? (found as Workloads[Kind]) : null;
}

/** Null also where it may not be read: whoever applies it is told that. */
async function read(api: KubernetesApi, ...which: Parameters<KubernetesApi["read"]>): Promise<KubernetesObject | null> {
  try {
    return await api.read(...which);
  } catch (error) {
    if (error instanceof KubernetesError && isRefusal(error)) return null;
    throw error;
  }
}
