import type { Pod } from "../children.ts";
import type { CounterCluster } from "../counter_cluster.ts";
import { type Component, childMeta, counterName, etcdName, selectorLabels } from "./names.ts";
import type { DesiredObject, PodReference } from "./object.ts";
import { ADMIN_PORT, ETCD_CLIENT_PORT, ETCD_METRICS_PORT, HTTP_PORT, PEER_PORT } from "./ports.ts";

/** What the policies depend on apart from the resource. */
export interface PolicyContext {
  /** All pods of the resource, also those that are being deleted. */
  readonly pods: readonly Pod[];
  /** Namespace of the operator's pod; null: it runs in no pod. */
  readonly operatorNamespace: string | null;
}

/** Pods that keep a policy alive, at most: more would make the policy a large object, and each change of a pod a write. */
const MOST_OWNERS = 100;
/** Of a DNS server, and of OpenShift's pods behind port 53. */
const DNS_PORTS = [53, 5353];

/**
 * Everybody may reach the page, and nobody else more than he needs. What the store's pods connect to is known, too. The counters' outgoing
 * connections are not restricted: no rule for the address of the Kubernetes API fits every cluster.
 */
export function networkPolicies(cluster: CounterCluster, context: PolicyContext): DesiredObject[] {
  if (!cluster.spec.networkPolicy) return [];
  const counters = forCounters(cluster, context);
  return cluster.spec.store.etcd.managed ? [counters, forStore(cluster, context)] : [counters];
}

function forCounters(cluster: CounterCluster, context: PolicyContext): DesiredObject {
  const ingress = [
    { ports: [tcp(HTTP_PORT)] },
    rule([PEER_PORT], [podsOf(cluster, "counter")]),
    ...rules([ADMIN_PORT], [...operator(context), ...monitoringNamespaces(cluster)]),
  ];
  return policy(cluster, "counter", counterName(cluster), context, { policyTypes: ["Ingress"], ingress });
}

function forStore(cluster: CounterCluster, context: PolicyContext): DesiredObject {
  const members = podsOf(cluster, "etcd");
  const ingress = [
    { from: [members] },
    rule([ETCD_CLIENT_PORT], [podsOf(cluster, "counter")]),
    ...rules([ETCD_METRICS_PORT], monitoringNamespaces(cluster)),
  ];
  const dns = DNS_PORTS.flatMap((port) => ["TCP", "UDP"].map((protocol) => ({ protocol, port })));
  const egress = [{ to: [members] }, { ports: dns }];
  return policy(cluster, "etcd", etcdName(cluster), context, {
    policyTypes: ["Ingress", "Egress"],
    ...{ ingress, egress },
  });
}

function operator({ operatorNamespace }: PolicyContext): object[] {
  if (operatorNamespace === null) return [];
  return [
    { ...inNamespace(operatorNamespace), podSelector: { matchLabels: { "app.kubernetes.io/component": "operator" } } },
  ];
}

function monitoringNamespaces({ spec }: CounterCluster): object[] {
  return (spec.monitoring.namespaces ?? []).map(inNamespace);
}

/** Kubernetes gives each namespace a label with its name. */
function inNamespace(name: string) {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

function podsOf(cluster: CounterCluster, component: Component) {
  return { podSelector: { matchLabels: selectorLabels(cluster, component) } };
}

/** None without a source: a rule without one would let everybody in. */
function rules(ports: readonly number[], from: readonly object[]): object[] {
  return from.length > 0 ? [rule(ports, from)] : [];
}

function rule(ports: readonly number[], from: readonly object[]) {
  return { ports: ports.map(tcp), from };
}

/**
 * A policy belongs to the pods, too. Kubernetes deletes it when the last of its owners is gone, so when the resource is deleted, its pods can
 * still bring their last hits to the store in a namespace that denies what comes in.
 */
function policy(
  cluster: CounterCluster,
  component: Component,
  name: string,
  { pods }: PolicyContext,
  rules: object,
): DesiredObject {
  const metadata = childMeta(cluster, component, name);
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { ...metadata, ownerReferences: [...metadata.ownerReferences, ...podReferences(pods)] },
    spec: { podSelector: { matchLabels: selectorLabels(cluster, component) }, ...rules },
  };
}

/** The store's pods first: they are the last to go. Always in the same order, so that nothing is written without need. */
function podReferences(pods: readonly Pod[]): PodReference[] {
  const rank = ({ metadata }: Pod) => (metadata.labels?.["app.kubernetes.io/component"] === "etcd" ? "0" : "1");
  const key = (pod: Pod) => `${rank(pod)} ${pod.metadata.name}`;
  const inOrder = [...pods].sort((one, other) => (key(one) < key(other) ? -1 : 1));
  return inOrder
    .slice(0, MOST_OWNERS)
    .flatMap(({ metadata: { name, uid } }) =>
      uid === undefined
        ? []
        : [{ apiVersion: "v1", kind: "Pod", name, uid, controller: false, blockOwnerDeletion: false }],
    );
}

function tcp(port: number) {
  return { protocol: "TCP", port };
}
