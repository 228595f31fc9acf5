import type { CounterCluster, ManagedEtcd, Quantity, StringMap } from "../counter_cluster.ts";
import { amountOf } from "../quantity.ts";
import { CERTIFICATE_FILES, CERTIFICATE_MOUNT, certificateVolume } from "./certificate_files.ts";
import { etcdName, labels } from "./names.ts";
import { CONTAINER_SECURITY, POD_SECURITY } from "./pod_security.ts";
import { ETCD_CLIENT_PORT, ETCD_METRICS_PORT, ETCD_PEER_PORT, ETCD_READY_PORT } from "./ports.ts";
import { schedulingFields } from "./scheduling.ts";

/** Size of each member's volume unless the resource says otherwise. */
export const DEFAULT_VOLUME_SIZE: Quantity = "1Gi";
export const VOLUME_NAME = "data";

const DATA_FOLDER = "/var/lib/etcd";
const CONFIG_FOLDER = "/etc/etcd";
const CONFIG_FILE = `${CONFIG_FOLDER}/etcd.yaml`;
/** Seconds that the store runs longer than the counters. */
const OUTLIVES_COUNTERS_S = 5;
/** Seconds that etcd has for its exit after SIGTERM. */
const EXIT_S = 30;
const MEBIBYTE = 2 ** 20;

/**
 * The store's pod template. `image`: the operator's, for the init container, which prepares the member's disk and writes etcd's configuration.
 * The counters' image is not used: a wrong one would keep the store from starting. `trust`: the newest authority; null: without TLS.
 */
export function etcdPodTemplate(cluster: CounterCluster, managed: ManagedEtcd, image: string, trust: string | null) {
  const tls = trust !== null;
  const { imagePullSecrets, drainSeconds } = cluster.spec;
  const preStop = drainSeconds + OUTLIVES_COUNTERS_S;
  return {
    metadata: {
      labels: labels(cluster, "etcd"),
      annotations: {
        "kubectl.kubernetes.io/default-container": "etcd",
        // Another value replaces the pods, one by one: etcd reads authorities only when it starts.
        ...(tls && { "globalcluster.dev/trusted-authority": trust }),
      } satisfies StringMap,
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: POD_SECURITY,
      // If everything is deleted at once, the counters can still drain into the store. No finalizer is needed.
      terminationGracePeriodSeconds: preStop + EXIT_S,
      ...(imagePullSecrets && { imagePullSecrets }),
      ...schedulingFields(cluster, "etcd"),
      initContainers: [preparation(cluster, managed, image, tls)],
      containers: [etcd(managed, preStop, tls)],
      volumes: [
        { name: "config", emptyDir: { sizeLimit: "1Mi" } },
        ...(managed.emptyDir ? [{ name: VOLUME_NAME, emptyDir: {} }] : []),
        ...(tls ? [certificateVolume(cluster, "etcd")] : []),
      ],
    },
  };
}

function mounts(tls: boolean) {
  return [
    { name: VOLUME_NAME, mountPath: DATA_FOLDER },
    { name: "config", mountPath: CONFIG_FOLDER },
    ...(tls ? [CERTIFICATE_MOUNT] : []),
  ];
}

/** The settings are those of cmd/etcd_member.ts. */
function preparation(cluster: CounterCluster, managed: ManagedEtcd, image: string, tls: boolean) {
  return {
    name: "prepare",
    image,
    // A machine that has the image needs no registry to start the store, whatever the image's tag.
    imagePullPolicy: "IfNotPresent",
    args: ["cmd/etcd_member.ts"],
    env: [
      { name: "GLOBAL_CLUSTER_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "GLOBAL_CLUSTER_MEMBERS", value: members(cluster, managed.members) },
      { name: "GLOBAL_CLUSTER_DATA_DIR", value: DATA_FOLDER },
      { name: "GLOBAL_CLUSTER_CONFIG", value: CONFIG_FILE },
      { name: "GLOBAL_CLUSTER_QUOTA", value: quota(managed) },
      { name: "GLOBAL_CLUSTER_CLIENT_PORT", value: String(ETCD_CLIENT_PORT) },
      { name: "GLOBAL_CLUSTER_PEER_PORT", value: String(ETCD_PEER_PORT) },
      { name: "GLOBAL_CLUSTER_METRICS_PORT", value: String(ETCD_METRICS_PORT) },
      ...(tls ? preparationTls() : []),
      { name: "GLOBAL_CLUSTER_LOG", value: "json" },
    ],
    resources: managed.resources,
    securityContext: CONTAINER_SECURITY,
    // The reason for a refused start is then in the pod's status, and so in the resource's.
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: mounts(tls),
  };
}

function preparationTls() {
  const { ca, cert, key } = CERTIFICATE_FILES;
  const settings = { TLS_CA: ca, TLS_CERT: cert, TLS_KEY: key, READY_PORT: String(ETCD_READY_PORT) };
  return Object.entries(settings).map(([name, value]) => ({ name: `GLOBAL_CLUSTER_${name}`, value }));
}

function etcd(managed: ManagedEtcd, preStop: number, tls: boolean) {
  return {
    name: "etcd",
    image: managed.image,
    command: ["etcd", `--config-file=${CONFIG_FILE}`],
    ports: [
      { name: "client", containerPort: ETCD_CLIENT_PORT },
      { name: "peer", containerPort: ETCD_PEER_PORT },
      { name: "metrics", containerPort: ETCD_METRICS_PORT },
      ...(tls ? [{ name: "ready", containerPort: ETCD_READY_PORT }] : []),
    ],
    resources: managed.resources,
    securityContext: CONTAINER_SECURITY,
    terminationMessagePolicy: "FallbackToLogsOnError",
    lifecycle: { preStop: { sleep: { seconds: preStop } } },
    ...probes(tls ? "ready" : "client"),
    volumeMounts: mounts(tls),
  };
}

/** A start may take five minutes: the member may have to fetch all data from the others, or read it from a slow disk. */
const probes = (ready: "client" | "ready") => ({
  startupProbe: { ...asking("/livez"), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 150 },
  // A new member may belong to a quorum up to seven seconds before it serves clients. Only the ports for clients know that.
  readinessProbe: { ...asking("/readyz", ready), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
  livenessProbe: { ...asking("/livez"), periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
});

function asking(path: string, port: "client" | "ready" | "metrics" = "metrics") {
  return { httpGet: { path, port } };
}

function members(cluster: CounterCluster, count: number): string {
  const service = etcdName(cluster);
  const names = Array.from({ length: count }, (_, member) => `${service}-${member}`);
  return names.map((name) => `${name}=${name}.${service}.${cluster.metadata.namespace}.svc`).join();
}

/** The volume must hold the database twice, when it is defragmented or sent to a member, and also etcd's log. */
function quota({ storage, emptyDir }: ManagedEtcd): string {
  const volume = amountOf(emptyDir ? DEFAULT_VOLUME_SIZE : (storage?.size ?? DEFAULT_VOLUME_SIZE));
  return `${Math.floor(Math.min(Math.max(volume / 4, 64 * MEBIBYTE), 2048 * MEBIBYTE) / MEBIBYTE)}MiB`;
}
