import type { Pod } from "../../core/operator/children.ts";
import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { CRASHED, REPLICA_SET_LABEL } from "../../core/operator/crashed_pods.ts";
import { owner } from "../../core/operator/desired/names.ts";
import type { CrashedPodActions } from "../../core/operator/detached_pods.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject, type ObjectMeta } from "../../ports/kubernetes.ts";
import { PODS } from "./child_kinds.ts";
import { FIELD_MANAGER } from "./operator_name.ts";
import { isConflict, isRefusal } from "./refused_objects.ts";

/** Throws KubernetesError if the API server was unreachable or busy. */
export async function treatCrashedPods(
  api: KubernetesApi,
  cluster: CounterCluster,
  { detach, remove }: CrashedPodActions,
): Promise<void> {
  for (const pod of detach) await unlessRefused(api.apply(PODS, detached(pod, cluster), APPLY));
  for (const { metadata } of remove) await unlessRefused(api.remove(PODS, metadata as ObjectMeta));
}

const APPLY = { fieldManager: FIELD_MANAGER, force: true } as const;

/** The ReplicaSet lets go of a pod whose label has changed. From then on the pod belongs to the resource, and is deleted with it. */
function detached({ metadata: { name, namespace, uid } }: Pod, cluster: CounterCluster): KubernetesObject {
  const labels = { [REPLICA_SET_LABEL]: CRASHED };
  const ownerReferences = [{ ...owner(cluster), controller: false }];
  // With the uid, the API server refuses if the pod is gone. It would create one otherwise.
  const meta = { name, namespace, labels, ownerReferences, ...(uid && { uid }) };
  return { apiVersion: "v1", kind: "Pod", metadata: meta } as KubernetesObject;
}

/** A pod that is gone needs nothing. An operator that may not change pods has the other ways to hold what would remove them. */
async function unlessRefused(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof KubernetesError) || !(isRefusal(error) || isConflict(error))) throw error;
  }
}
