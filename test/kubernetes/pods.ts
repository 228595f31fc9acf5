import type { KubernetesObject, ObjectMeta } from "../../internal/ports/kubernetes.ts";

export interface Pod extends KubernetesObject {
  readonly spec: { readonly containers: readonly object[] };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
}

/** The least that the API takes for a pod. */
export function pod(namespace: string, name: string, labels: ObjectMeta["labels"] = {}): Pod {
  const metadata = { namespace, name, labels };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "counter", image: "none" }] } };
}
