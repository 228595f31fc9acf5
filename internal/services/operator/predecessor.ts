import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { etcdName } from "../../core/operator/desired/names.ts";
import type { ApiView } from "./api_view.ts";
import { belongingOf } from "./belonging.ts";

/**
 * Whether the store of an earlier resource of this name is on its way out, with all that it has: it is on no volume. Counters that
 * were started now would find it by its name, found their ledger in it, and lose it a moment later.
 */
export function predecessorLeaves(cluster: CounterCluster, view: ApiView): boolean {
  if (cluster.spec.store.etcd.managed?.emptyDir === undefined) return false;
  const store = view.statefulSet(cluster.metadata.namespace, etcdName(cluster));
  // One that was orphaned on purpose does not leave; that its name is taken is told as such.
  if (store && belongingOf(store, cluster) === "foreign") return false;
  return view.formerStorePods(cluster).length > 0;
}
