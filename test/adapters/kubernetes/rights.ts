import { randomUUID } from "node:crypto";
import type { KubernetesApi, KubernetesObject, Resource } from "../../../internal/ports/kubernetes.ts";
import { eventually } from "../../eventually.ts";
import { ROLE_BINDINGS, ROLES } from "./resources.ts";

const GROUP = "rbac.authorization.k8s.io";
const REVIEWS: Resource = { apiVersion: "authorization.k8s.io/v1", plural: "subjectaccessreviews", namespaced: false };
const NAMESPACE = "default";

/** Of one namespace or of the cluster: what both have, and what a rule of it may name that the other's may not. */
const SCOPES = [
  { prefix: "", namespace: NAMESPACE, resource: "pods" },
  { prefix: "Cluster", namespace: "", resource: "nodes" },
] as const;

interface Review extends KubernetesObject {
  readonly status?: { readonly allowed: boolean };
}

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
  const roleRef = { apiGroup: GROUP, kind: "Role", name: metadata.name };
  await api.create<KubernetesObject & object>(ROLES, { ...{ apiVersion, kind: "Role", metadata }, ...{ rules } });
  const binding = { apiVersion, kind: "RoleBinding", metadata };
  await api.create<KubernetesObject & object>(ROLE_BINDINGS, { ...binding, ...{ roleRef, subjects } });
  await rightsInForce(api);
}

/**
 * Resolves when the API server decides by all roles and bindings that were written so far. It hears of those of one kind in the order in which
 * they were written, so it gives somebody new rights of each kind, and waits until they hold.
 */
export async function rightsInForce(api: KubernetesApi): Promise<void> {
  const name = `marker-${randomUUID()}`;
  for (const { prefix, namespace, resource } of SCOPES) {
    const of = { apiVersion: ROLES.apiVersion, metadata: { name, namespace } };
    const rules = [{ apiGroups: [""], resources: [resource], verbs: ["get"] }];
    const subjects = [{ apiGroup: GROUP, kind: "User", name }];
    const roleRef = { apiGroup: GROUP, kind: `${prefix}Role`, name };
    const [roles, bindings] = resourcesOf(prefix);
    await api.create<KubernetesObject & object>(roles, { ...of, kind: `${prefix}Role`, ...{ rules } });
    await api.create<KubernetesObject & object>(bindings, {
      ...{ ...of, kind: `${prefix}RoleBinding` },
      ...{ subjects, roleRef },
    });
  }
  for (const { prefix, namespace, resource } of SCOPES) {
    const spec = { user: name, resourceAttributes: { namespace, resource, verb: "get" } };
    const review = { apiVersion: REVIEWS.apiVersion, kind: "SubjectAccessReview", metadata: { name: "" } };
    await eventually(async () => {
      const { status } = await api.create<Review>(REVIEWS, { ...review, ...{ spec } });
      return status?.allowed;
    });
    for (const kind of resourcesOf(prefix)) await api.remove(kind, { name, namespace });
  }
}

/** Of the roles and of the bindings. */
function resourcesOf(prefix: "" | "Cluster"): readonly [Resource, Resource] {
  const roles = { ...ROLES, namespaced: prefix === "", plural: `${prefix.toLowerCase()}roles` };
  return [roles, { ...roles, plural: `${prefix.toLowerCase()}rolebindings` }];
}
