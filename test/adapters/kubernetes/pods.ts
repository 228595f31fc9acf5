import type { KubernetesObject, ObjectMeta } from "../../../internal/ports/kubernetes.ts";

export interface Pod extends KubernetesObject {
  readonly spec: { readonly containers: readonly object[] };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
}

/** The least that the API takes for a pod. */
export function pod(namespace: string, name: string, labels: ObjectMeta["labels"] = {}): Pod {
  const metadata = { namespace, name, labels };
  // Without a kubelet nothing else would ever end a pod that is removed.
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name: "counter", image: "none" }] };
  return { apiVersion: "v1", kind: "Pod", metadata, spec };
}
