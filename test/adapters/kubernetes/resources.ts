import type { KubernetesObject, Resource } from "../../../internal/ports/kubernetes.ts";

export const NAMESPACES: Resource = { apiVersion: "v1", plural: "namespaces", namespaced: false };
export const CONFIG_MAPS: Resource = { apiVersion: "v1", plural: "configmaps", namespaced: true };
export const SERVICE_ACCOUNTS: Resource = { apiVersion: "v1", plural: "serviceaccounts", namespaced: true };
export const PODS: Resource = { apiVersion: "v1", plural: "pods", namespaced: true };
export const ENDPOINT_SLICES: Resource = {
  apiVersion: "discovery.k8s.io/v1",
  plural: "endpointslices",
  namespaced: true,
};
export const ROLES: Resource = { apiVersion: "rbac.authorization.k8s.io/v1", plural: "roles", namespaced: true };
export const ROLE_BINDINGS: Resource = { ...ROLES, plural: "rolebindings" };

/** The simplest thing that the API keeps. */
export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export function configMap(namespace: string, name: string, data: ConfigMap["data"] = {}): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}
