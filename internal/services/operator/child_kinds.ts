import type { KubernetesObject, Resource } from "../../ports/kubernetes.ts";

/** A kind of object that the operator applies. */
export interface ChildKind extends Resource {
  readonly kind: string;
  /** Other software defines it, which may not be installed. */
  readonly foreign?: boolean;
}

/** Every kind of object that a CounterCluster can have. */
export const CHILD_KINDS: readonly ChildKind[] = [
  of("v1", "ServiceAccount", "serviceaccounts"),
  of("v1", "Service", "services"),
  of("v1", "ConfigMap", "configmaps"),
  of("apps/v1", "Deployment", "deployments"),
  of("apps/v1", "StatefulSet", "statefulsets"),
  of("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  of("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
  of("networking.k8s.io/v1", "Ingress", "ingresses"),
  of("rbac.authorization.k8s.io/v1", "Role", "roles"),
  of("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
  { ...of("cert-manager.io/v1", "Certificate", "certificates"), foreign: true },
  { ...of("monitoring.coreos.com/v1", "PodMonitor", "podmonitors"), foreign: true },
];

export const PODS: Resource = { apiVersion: "v1", plural: "pods", namespaced: true };
export const VOLUME_CLAIMS: Resource = { apiVersion: "v1", plural: "persistentvolumeclaims", namespaced: true };
export const EVENTS: Resource = { apiVersion: "v1", plural: "events", namespaced: true };

/** Throws for a kind that is not in the table: this table must have every kind that the core wants. */
export function childKind({ apiVersion, kind }: KubernetesObject): ChildKind {
  const found = CHILD_KINDS.find((child) => child.kind === kind && child.apiVersion === apiVersion);
  if (!found) throw new Error(`Cannot apply a ${kind} of ${apiVersion}: add it to CHILD_KINDS`);
  return found;
}

function of(apiVersion: string, kind: string, plural: string): ChildKind {
  return { apiVersion, kind, plural, namespaced: true };
}
