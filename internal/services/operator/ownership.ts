import { API_VERSION, type CounterCluster, KIND } from "../../core/operator/counter_cluster.ts";
import type { KubernetesObject, OwnerReference } from "../../ports/kubernetes.ts";

/**
 * Who owns an object whose name a resource needs for an object of its own:
 * - `own`: the resource
 * - `leaving`: the resource, and the object is being deleted
 * - `former`: an earlier resource of the same name, which is gone; the garbage collector will delete the object
 * - `foreign`: anyone else
 */
export type Ownership = "own" | "leaving" | "former" | "foreign";

export function ownershipOf({ metadata }: KubernetesObject, cluster: CounterCluster): Ownership {
  const owners = metadata.ownerReferences ?? [];
  if (owners.some(({ uid, controller }) => uid === cluster.metadata.uid && controller === true)) {
    return metadata.deletionTimestamp === undefined ? "own" : "leaving";
  }
  const former = owners.some(
    ({ apiVersion, kind, name }) =>
      groupOf(apiVersion) === groupOf(API_VERSION) && kind === KIND && name === cluster.metadata.name,
  );
  return former || isLeftToPods(owners) ? "former" : "foreign";
}

/** A policy of an earlier resource stays until the pods of that are gone. The garbage collector has taken the resource from its owners. */
function isLeftToPods(owners: readonly OwnerReference[]): boolean {
  return owners.length > 0 && owners.every(({ kind, controller }) => kind === "Pod" && controller === false);
}

function groupOf(apiVersion: string): string {
  return apiVersion.replace(/\/.*/, "");
}
