import type { KubernetesObject } from "../../ports/kubernetes.ts";

/** For example `Deployment visits`. Unique among one resource's objects, because all are in one namespace. */
export function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}

/** All parts of an object that can drift, as JSON: without its status, and without what the API server itself counts. The order of the first fields is fixed, because objects of lists have another one. */
export function comparable(object: KubernetesObject): string {
  const { apiVersion, kind, status: _, metadata, ...rest } = object as KubernetesObject & { status?: unknown };
  const { resourceVersion: _version, generation: _generation, managedFields: _fields, ...meta } = metadata;
  return JSON.stringify({ apiVersion, kind, ...rest, meta });
}
