import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { DesiredObject } from "../../core/operator/desired/object.ts";
import type { KubernetesObject } from "../../ports/kubernetes.ts";
import { FIELD_MANAGER } from "./operator_name.ts";

interface Scaled extends KubernetesObject {
  readonly spec?: { readonly replicas?: number };
}

/**
 * An Event for a person who scaled the Deployment instead of the resource; null if nobody did. The last writer of the number owns the field
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). So the operator can tell its own changes from
 * those of others, even after a restart.
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
    message: `${hand.manager ?? "Somebody"} scaled the Deployment ${found.metadata.name} to ${has}; the operator has set it back to ${wanted}. Scale the resource instead: kubectl scale gcc/${name} --replicas=${has}`,
  };
}
