import type { Resource } from "../../internal/ports/kubernetes.ts";
import type { Rendered } from "./helm.ts";

const OF_THE_CLUSTER = new Set([
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "Namespace",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
]);

/** How the API's paths name the kind of an object of the chart. */
export function resourceOf({ apiVersion, kind }: Rendered): Resource {
  return { apiVersion, plural: `${kind.toLowerCase()}s`.replace(/ys$/, "ies"), namespaced: !OF_THE_CLUSTER.has(kind) };
}

/** The pods that an object is or makes. */
export function podsOf(object: Rendered): readonly object[] {
  if (object.kind === "Pod") return [object.spec as object];
  const { template } = (object.spec ?? {}) as { template?: { spec: object } };
  return template ? [template.spec] : [];
}

/** Whether helm applies it around a release's objects, and not among them. */
export function isHook({ metadata }: Rendered): boolean {
  return metadata.annotations?.["helm.sh/hook"] !== undefined;
}
