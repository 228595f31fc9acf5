import type { KubernetesObject, Resource } from "../../internal/ports/kubernetes.ts";

export const NAMESPACES: Resource = { apiVersion: "v1", plural: "namespaces", namespaced: false };
export const CONFIG_MAPS: Resource = { apiVersion: "v1", plural: "configmaps", namespaced: true };

/** The simplest thing that the API keeps. */
export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export function configMap(namespace: string, name: string, data: ConfigMap["data"] = {}): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}
