import type { KubernetesObject } from "../../ports/kubernetes.ts";

/** For example `Deployment visits`. Unique among one resource's objects, because all are in one namespace. */
export function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}

/**
 * All parts of an object that can drift, as JSON: without its status, without what the API server itself counts, and without pods that own
 * it, because the garbage collector takes them away. The order of the first fields is fixed, because objects of lists have another one.
 */
export function comparable(object: KubernetesObject): string {
  const { apiVersion, kind, status: _, metadata, ...rest } = object as KubernetesObject & { status?: unknown };
  const {
    resourceVersion: _version,
    generation: _generation,
    managedFields: _fields,
    ownerReferences,
    ...meta
  } = metadata;
  const owners = ownerReferences?.filter(({ kind }) => kind !== "Pod");
  return JSON.stringify({ apiVersion, kind, ...rest, meta, owners });
}
