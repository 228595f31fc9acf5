import type { CounterCluster } from "../counter_cluster.ts";
import { childMeta, counterName, etcdName, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";
import { ETCD_CLIENT_PORT, ETCD_METRICS_PORT, HTTP_PORT, PEER_PORT } from "./ports.ts";

/**
 * Restricts incoming connections, because neither peers nor a managed store ask for a password. Outgoing connections are not restricted:
 * no rule for the address of the Kubernetes API fits every cluster, and pods still need connections after the policies were deleted.
 */
export function networkPolicies(cluster: CounterCluster): DesiredObject[] {
  if (!cluster.spec.networkPolicy) return [];
  return cluster.spec.store.etcd.managed ? [forCounters(cluster), forStore(cluster)] : [forCounters(cluster)];
}

function forCounters(cluster: CounterCluster): DesiredObject {
  const counters = selectorLabels(cluster, "counter");
  return policy(cluster, "counter", counterName(cluster), [
    { ports: [tcp(HTTP_PORT)] },
    { ports: [tcp(PEER_PORT)], from: [{ podSelector: { matchLabels: counters } }] },
  ]);
}

function forStore(cluster: CounterCluster): DesiredObject {
  return policy(cluster, "etcd", etcdName(cluster), [
    { from: [{ podSelector: { matchLabels: selectorLabels(cluster, "etcd") } }] },
    { ports: [tcp(ETCD_CLIENT_PORT)], from: [{ podSelector: { matchLabels: selectorLabels(cluster, "counter") } }] },
    { ports: [tcp(ETCD_METRICS_PORT)] },
  ]);
}

function policy(
  cluster: CounterCluster,
  component: "counter" | "etcd",
  name: string,
  ingress: object[],
): DesiredObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: childMeta(cluster, component, name),
    spec: { podSelector: { matchLabels: selectorLabels(cluster, component) }, policyTypes: ["Ingress"], ingress },
  };
}

function tcp(port: number) {
  return { protocol: "TCP", port };
}
