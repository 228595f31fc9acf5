import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { etcdName } from "../../core/operator/desired/names.ts";
import type { ApiView } from "./api_view.ts";
import { belongingOf } from "./belonging.ts";

/**
 * Whether the store of an earlier resource of this name is on its way out. Counters that were started now would find it by its name, and lose
 * it a moment later: with all that they founded in it if it is on no volume, else until the next store may take the volume. If the
 * namespace is deleted in that moment, there is no next store to which they could bring their hits.
 */
export function predecessorLeaves(cluster: CounterCluster, view: ApiView): boolean {
  if (!cluster.spec.store.etcd.managed) return false;
  const store = view.statefulSet(cluster.metadata.namespace, etcdName(cluster));
  // One that was orphaned on purpose does not leave; that its name is taken is told as such.
  if (store && belongingOf(store, cluster) === "foreign") return false;
  return view.formerStorePods(cluster).length > 0;
}
