import type { CounterCluster } from "../counter_cluster.ts";
import { childMeta, counterName, peersName, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";
import { ADMIN_PORT, PEER_PORT } from "./ports.ts";

/**
 * Lets the leader find the other counters: by the EndpointSlices that Kubernetes keeps of a headless Service. They may read nothing else.
 * `olderPods`: there are pods of an operator that had them list pods instead. They need that permission until they are replaced.
 */
export function peerDiscovery(cluster: CounterCluster, olderPods: boolean): DesiredObject[] {
  const name = counterName(cluster);
  const metadata = childMeta(cluster, "counter", name);
  const endpoints = { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] };
  const pods = { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] };
  return [
    peerService(cluster),
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: olderPods ? [endpoints, pods] : [endpoints],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: cluster.metadata.namespace }],
    },
  ];
}

/** Includes pods that are not ready: they have hits to commit, too. */
function peerService(cluster: CounterCluster): DesiredObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMeta(cluster, "counter", peersName(cluster)),
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(cluster, "counter"),
      // By number, because pods of earlier operators lack some of the names.
      ports: [
        { name: "peer", port: PEER_PORT, targetPort: PEER_PORT, protocol: "TCP" },
        { name: "admin", port: ADMIN_PORT, targetPort: ADMIN_PORT, protocol: "TCP" },
      ],
    },
  };
}
