import type { Deployment, StatefulSet } from "../../core/operator/children.ts";
import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../ports/kubernetes.ts";
import type { Cache } from "./cache.ts";
import { CHILD_KINDS } from "./child_kinds.ts";
import { type Ownership, ownershipOf } from "./ownership.ts";
import { isRefusal } from "./refused_objects.ts";

interface Workloads {
  readonly Deployment: KubernetesObject & Deployment;
  readonly StatefulSet: KubernetesObject & StatefulSet;
}

/** A workload of an earlier resource of this name runs other pods, with other settings. */
const OURS: ReadonlySet<Ownership> = new Set(["own", "leaving"]);

/**
 * The workload that the resource controls, or null if there is none. Its pods must stay as they are, so a workload that is not in the list is
 * read: somebody may have removed its labels, or an API server that had just started refused the list. Throws KubernetesError if the API
 * server was not reached.
 */
export async function ownWorkload<Kind extends keyof Workloads>(
  kind: Kind,
  name: string,
  cluster: CounterCluster,
  { api, cache }: { readonly api: KubernetesApi; readonly cache: Cache },
): Promise<Workloads[Kind] | null> {
  const of = CHILD_KINDS.find((child) => child.kind === kind);
  if (!of) throw new Error(`Cannot look for a ${kind}: add it to CHILD_KINDS`);
  const found = cache.child(of, cluster, name) ?? (await read(api, of, cluster.metadata.namespace, name));
  return found && OURS.has(ownershipOf(found, cluster)) ? (found as Workloads[Kind]) : null;
}

/** Null also if the operator may not read it. Applying it then reports why. */
async function read(api: KubernetesApi, ...which: Parameters<KubernetesApi["read"]>): Promise<KubernetesObject | null> {
  try {
    return await api.read(...which);
  } catch (error) {
    if (error instanceof KubernetesError && isRefusal(error)) return null;
    throw error;
  }
}
