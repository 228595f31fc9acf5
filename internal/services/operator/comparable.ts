import type { KubernetesObject } from "../../ports/kubernetes.ts";

/** For people, and unique among one resource's objects, which are all in one namespace. */
export function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}

/** Everything that can drift: not the status, nor what the API server itself keeps track of. In lists it tells the kind elsewhere, so in another order. */
export function essence(object: KubernetesObject): string {
  const { apiVersion, kind, status: _, metadata, ...rest } = object as KubernetesObject & { status?: unknown };
  const { resourceVersion: _version, generation: _generation, managedFields: _fields, ...meta } = metadata;
  return JSON.stringify({ apiVersion, kind, ...rest, meta });
}
