import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { etcdName } from "../../core/operator/desired/names.ts";
import type { Cache } from "./cache.ts";
import { titleOf } from "./comparable.ts";
import { ownershipOf } from "./ownership.ts";

/**
 * Names of the store pods of an earlier resource of this name, while they are being deleted. Counters that started now would find this
 * store by its name, and lose it a moment later. Without a volume, they would lose all that they had committed there. With a volume, they
 * would have to wait until the next store may use it; if the namespace is deleted in that moment, no next store ever takes their hits.
 */
export function formerStorePods(cluster: CounterCluster, cache: Cache): string[] {
  if (!cluster.spec.store.etcd.managed) return [];
  const store = cache.statefulSet(cluster.metadata.namespace, etcdName(cluster));
  // A store that was orphaned on purpose stays. That its name is taken is reported elsewhere.
  if (store && ownershipOf(store, cluster) === "foreign") return [];
  return cache.formerStorePods(cluster).map(({ metadata }) => metadata.name);
}

/** Objects that must be gone before the resource's own can be created. */
export function leavingChildren(cluster: CounterCluster, cache: Cache): string[] {
  return [...cache.children(cluster)]
    .filter(([, object]) => ["leaving", "former"].includes(ownershipOf(object, cluster)))
    .map(([, object]) => titleOf(object));
}
