import type { KubernetesObject, Resource } from "../../../internal/ports/kubernetes.ts";
import { ROLE_BINDINGS, ROLES } from "../../adapters/kubernetes/resources.ts";
import { rightsInForce } from "../../adapters/kubernetes/rights.ts";
import type { OperatorWorld } from "./operator_world.ts";

/** The permissions that an operator needs in a namespace: for its objects, and for what it grants to counters. */
const NEEDS: readonly [group: string, ...resources: string[]][] = [
  ["", "pods", "persistentvolumeclaims", "events", "configmaps", "secrets", "serviceaccounts", "services"],
  ["globalcluster.dev", "counterclusters", "counterclusters/status"],
  ["apps", "deployments", "statefulsets"],
  ["discovery.k8s.io", "endpointslices"],
  ["policy", "poddisruptionbudgets"],
  ["networking.k8s.io", "ingresses", "networkpolicies"],
  ["rbac.authorization.k8s.io", "roles", "rolebindings"],
];

/** Lets a service account be an operator in its namespace, if need be without one kind of object, or without changing it. */
export async function letOperate(
  { api, namespace }: OperatorWorld,
  name: string,
  but: { without?: string; readOnly?: string } = {},
) {
  const apiVersion = ROLES.apiVersion;
  const rules = NEEDS.flatMap(([apiGroup, ...resources]) => [
    ruleOn(
      apiGroup,
      resources.filter((resource) => resource !== but.without && resource !== but.readOnly),
      [...READING, "create", "patch", "update", "delete"],
    ),
    ruleOn(
      apiGroup,
      resources.filter((resource) => resource === but.readOnly),
      READING,
    ),
  ]).filter(({ resources }) => resources.length > 0);
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  const apply = (resource: Resource, object: KubernetesObject & object) =>
    api.apply(resource, object, { fieldManager: "an-administrator", force: true });
  const metadata = { name, namespace };
  await apply(ROLES, { ...{ apiVersion, kind: "Role", metadata }, ...{ rules } });
  await apply(ROLE_BINDINGS, { ...{ apiVersion, kind: "RoleBinding", metadata }, ...{ subjects, roleRef } });
  await rightsInForce(api);
}

const READING = ["get", "list", "watch"];

function ruleOn(apiGroup: string, resources: readonly string[], verbs: readonly string[]) {
  return { apiGroups: [apiGroup], resources, verbs };
}
