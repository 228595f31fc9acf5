import type { KubernetesApi, KubernetesObject, Resource } from "../../../internal/ports/kubernetes.ts";
import { rightsInForce } from "./rights.ts";

export const NAMESPACES: Resource = { apiVersion: "v1", plural: "namespaces", namespaced: false };
export const CONFIG_MAPS: Resource = { apiVersion: "v1", plural: "configmaps", namespaced: true };
export const SERVICE_ACCOUNTS: Resource = { apiVersion: "v1", plural: "serviceaccounts", namespaced: true };
export const PODS: Resource = { apiVersion: "v1", plural: "pods", namespaced: true };
export const ENDPOINT_SLICES: Resource = {
  apiVersion: "discovery.k8s.io/v1",
  plural: "endpointslices",
  namespaced: true,
};
const ROLES: Resource = { apiVersion: "rbac.authorization.k8s.io/v1", plural: "roles", namespaced: true };
export const ROLE_BINDINGS: Resource = { ...ROLES, plural: "rolebindings" };

/** Lets a service account get, list and watch one kind of a group, the core group unless given, in its namespace. */
export async function letRead(
  api: KubernetesApi,
  namespace: string,
  serviceAccount: string,
  plural: string,
  group = "",
) {
  const { apiVersion } = ROLES;
  const metadata = { namespace, name: `${serviceAccount}-reads-${plural}` };
  const rules = [{ apiGroups: [group], resources: [plural], verbs: ["get", "list", "watch"] }];
  const subjects = [{ kind: "ServiceAccount", name: serviceAccount, namespace }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name };
  await api.create<KubernetesObject & object>(ROLES, { ...{ apiVersion, kind: "Role", metadata }, ...{ rules } });
  const binding = { apiVersion, kind: "RoleBinding", metadata };
  await api.create<KubernetesObject & object>(ROLE_BINDINGS, { ...binding, ...{ roleRef, subjects } });
  await rightsInForce(api);
}

/** The simplest thing that the API keeps. */
export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export function configMap(namespace: string, name: string, data: ConfigMap["data"] = {}): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}
