import type { Resource } from "../../ports/kubernetes.ts";

/** The path of all objects of a kind, in one namespace or in all: https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export function collectionPath({ apiVersion, plural, namespaced }: Resource, namespace: string | undefined): string {
  // The core group is older than groups are, and has none in its path.
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespaced && namespace
    ? `${group}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${group}/${plural}`;
}

/** Throws RangeError if a namespace or a name is missing: the path would then mean all objects. */
export function objectPath(resource: Resource, namespace: string | undefined, name: string): string {
  if (!name || (resource.namespaced && !namespace)) {
    const given = `${namespace ?? ""}/${name}`;
    throw new RangeError(`Cannot address one of ${resource.plural}: the namespace or name in "${given}" is empty`);
  }
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}
