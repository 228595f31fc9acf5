import { uriOf } from "../../identity/identity.ts";
import type { LeafNames } from "../certificates.ts";
import type { CounterCluster } from "../counter_cluster.ts";
import { type Component, etcdName } from "./names.ts";

/** The name of the cluster in certificates: names of resources are unique only in their namespace. */
export function clusterName({ metadata: { name, namespace } }: CounterCluster): string {
  return `${name}.${namespace}`;
}

/** The components whose pods need certificates. */
export function certifiedComponents({ spec }: CounterCluster): Component[] {
  return spec.store.etcd.managed ? ["counter", "etcd"] : ["counter"];
}

/** What a component's certificate says. Clients of etcd also check its host name; counters connect by address. */
export function leafNames(cluster: CounterCluster, component: Component): LeafNames {
  const role = component === "etcd" ? "store" : component;
  const hosts = component === "etcd" ? [`*.${etcdName(cluster)}.${cluster.metadata.namespace}.svc`] : [];
  return { uri: uriOf({ cluster: clusterName(cluster), role }), dnsNames: hosts };
}
