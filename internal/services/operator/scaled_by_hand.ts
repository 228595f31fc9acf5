import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { DesiredObject } from "../../core/operator/desired/object.ts";
import type { KubernetesObject } from "../../ports/kubernetes.ts";
import { FIELD_MANAGER } from "./operator_name.ts";

interface Scaled extends KubernetesObject {
  readonly spec?: { readonly replicas?: number };
}

/**
 * An Event for somebody who scaled the Deployment instead of the resource; null when nobody did. Whoever changed the number owns it
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management): so the operator's own change of mind is told
 * from another's hand, after a restart too.
 */
export function scaledByHand(cluster: CounterCluster, found: Scaled, desired: DesiredObject): ResourceEvent | null {
  if (desired.kind !== "Deployment") return null;
  const wanted = (desired as Scaled).spec?.replicas;
  const has = found.spec?.replicas;
  if (has === wanted) return null;
  const hand = found.metadata.managedFields?.find(
    ({ manager, fieldsV1 }) => manager !== FIELD_MANAGER && fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined,
  );
  if (hand === undefined) return null;
  const { name } = cluster.metadata;
  return {
    type: "Warning",
    reason: "ScaledByHand",
    message: `${hand.manager ?? "Somebody"} scaled the Deployment ${found.metadata.name} to ${has}; it is put back to ${wanted}. Scale the resource instead: kubectl scale gcc/${name} --replicas=${has}`,
  };
}
