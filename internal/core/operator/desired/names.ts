import { API_VERSION, type CounterCluster, KIND, type StringMap } from "../counter_cluster.ts";
import type { ControllerReference, DesiredMeta } from "./object.ts";

export type Component = "counter" | "etcd";

/** Labels of a component's pods. They must be the same in every version of the operator: a Deployment's selector cannot be changed. */
export function selectorLabels(cluster: CounterCluster, component: Component): StringMap {
  return {
    "app.kubernetes.io/name": "global-cluster",
    "app.kubernetes.io/instance": cluster.metadata.name,
    "app.kubernetes.io/component": component,
  };
}

/** The same labels as text, for `kubectl get pods -l`. */
export function selectorText(cluster: CounterCluster, component: Component): string {
  const labels = Object.entries(selectorLabels(cluster, component));
  return labels.map(([key, value]) => `${key}=${value}`).join();
}

export function labels(cluster: CounterCluster, component: Component): StringMap {
  return { ...selectorLabels(cluster, component), "app.kubernetes.io/managed-by": "global-cluster-operator" };
}

/** Metadata of an object that is deleted together with the cluster. */
export function childMeta(
  cluster: CounterCluster,
  component: Component,
  name: string,
  annotations?: StringMap,
): DesiredMeta {
  return {
    name,
    namespace: cluster.metadata.namespace,
    labels: labels(cluster, component),
    ...(annotations && { annotations }),
    ownerReferences: [owner(cluster)],
  };
}

/** Blocking the owner's deletion would need permission to set its finalizers, and nobody needs it. */
export function owner({ metadata }: CounterCluster): ControllerReference {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: false,
  };
}

/** Name of the counters' Deployment, Service, ServiceAccount, Role, budget and policy. */
export function counterName(cluster: CounterCluster): string {
  return cluster.metadata.name;
}

/** Name of the managed store's StatefulSet, Service, budget and policy. */
export function etcdName(cluster: CounterCluster): string {
  return `${cluster.metadata.name}-etcd`;
}

/** Name of the headless Service of the counters, through which they find each other. */
export function peersName(cluster: CounterCluster): string {
  return `${cluster.metadata.name}-peers`;
}

export function dashboardName(cluster: CounterCluster): string {
  return `${cluster.metadata.name}-dashboard`;
}

/** Name of the Secret with the certificate of a component's pods. */
export function certificateName(cluster: CounterCluster, component: Component): string {
  return `${cluster.metadata.name}-${component === "etcd" ? "store" : component}-tls`;
}

/** Name of the Secret with the authority's key. No pod mounts it. */
export function authorityName(cluster: CounterCluster): string {
  return `${cluster.metadata.name}-authority`;
}

export function ledgerNoteName(cluster: CounterCluster): string {
  return `${cluster.metadata.name}-ledger`;
}
