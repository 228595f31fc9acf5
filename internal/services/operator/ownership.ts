import { API_VERSION, type CounterCluster, KIND } from "../../core/operator/counter_cluster.ts";
import type { KubernetesObject } from "../../ports/kubernetes.ts";

/**
 * Whose an object is that has the name which a resource wants for its own:
 * - `own`: the resource controls it
 * - `leaving`: it is being deleted
 * - `former`: a resource of the same name controlled it, and is gone: the garbage collector is on its way
 * - `foreign`: anybody else's
 */
export type Belonging = "own" | "leaving" | "former" | "foreign";

export function belongingOf({ metadata }: KubernetesObject, cluster: CounterCluster): Belonging {
  const owners = metadata.ownerReferences ?? [];
  if (owners.some(({ uid, controller }) => uid === cluster.metadata.uid && controller === true)) {
    return metadata.deletionTimestamp === undefined ? "own" : "leaving";
  }
  const former = owners.some(
    ({ apiVersion, kind, name }) =>
      groupOf(apiVersion) === groupOf(API_VERSION) && kind === KIND && name === cluster.metadata.name,
  );
  return former ? "former" : "foreign";
}

function groupOf(apiVersion: string): string {
  return apiVersion.replace(/\/.*/, "");
}
