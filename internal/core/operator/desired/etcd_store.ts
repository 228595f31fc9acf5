import type { CounterCluster, ManagedEtcd } from "../counter_cluster.ts";
import type { Rollout } from "../rollout.ts";
import { MEMBERS_LABEL } from "../volumes.ts";
import { DEFAULT_VOLUME_SIZE, VOLUME_NAME } from "./etcd_pods.ts";
import { childMeta, etcdName, labels, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";
import { ETCD_CLIENT_PORT, ETCD_PEER_PORT } from "./ports.ts";

export function etcdStatefulSet(cluster: CounterCluster, managed: ManagedEtcd, rollout: Rollout): DesiredObject {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: childMeta(cluster, "etcd", etcdName(cluster), rollout.notes),
    spec: {
      replicas: managed.members,
      serviceName: etcdName(cluster),
      // A member waits for the others, so all must start together.
      podManagementPolicy: "Parallel",
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(cluster, "etcd") },
      updateStrategy: { type: "RollingUpdate" },
      // The total must outlive the resource.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      template: rollout.pods,
      ...(managed.emptyDir ? {} : { volumeClaimTemplates: [volumeClaim(cluster, managed)] }),
    },
  };
}

function volumeClaim(cluster: CounterCluster, { members, storage }: ManagedEtcd) {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: VOLUME_NAME, labels: { ...labels(cluster, "etcd"), [MEMBERS_LABEL]: String(members) } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storage?.storageClassName && { storageClassName: storage.storageClassName }),
      resources: { requests: { storage: storage?.size ?? DEFAULT_VOLUME_SIZE } },
    },
  };
}

/** Gives each member a DNS name even before it is ready: members must find each other to become ready. */
export function etcdService(cluster: CounterCluster): DesiredObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMeta(cluster, "etcd", etcdName(cluster)),
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(cluster, "etcd"),
      ports: [
        { name: "client", port: ETCD_CLIENT_PORT, targetPort: "client", protocol: "TCP" },
        { name: "peer", port: ETCD_PEER_PORT, targetPort: "peer", protocol: "TCP" },
      ],
    },
  };
}
