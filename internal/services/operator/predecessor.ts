import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { etcdName } from "../../core/operator/desired/names.ts";
import type { ApiView } from "./cache.ts";
import { titleOf } from "./comparable.ts";
import { belongingOf } from "./ownership.ts";

/**
 * Names of the pods of an earlier resource's store of this name, which is on its way out. Counters that were started now would find it by
 * its name, and lose it a moment later: with all that they founded in it if it is on no volume, else until the next store may take the
 * volume. If the namespace is deleted in that moment, there is no next store to which they could bring their hits.
 */
export function formerStorePods(cluster: CounterCluster, view: ApiView): string[] {
  if (!cluster.spec.store.etcd.managed) return [];
  const store = view.statefulSet(cluster.metadata.namespace, etcdName(cluster));
  // One that was orphaned on purpose does not leave; that its name is taken is told as such.
  if (store && belongingOf(store, cluster) === "foreign") return [];
  return view.formerStorePods(cluster).map(({ metadata }) => metadata.name);
}

/** What has to go before it can be made for this resource. */
export function leavingChildren(cluster: CounterCluster, view: ApiView): string[] {
  return [...view.children(cluster)]
    .filter(([, object]) => ["leaving", "former"].includes(belongingOf(object, cluster)))
    .map(([, object]) => titleOf(object));
}
