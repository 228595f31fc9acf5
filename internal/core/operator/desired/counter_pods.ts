import type { CounterCluster } from "../counter_cluster.ts";
import { CURRENT_INTERFACE } from "../pod_interface.ts";
import type { Transport } from "../transport.ts";
import { CERTIFICATE_MOUNT, certificateVolume } from "./certificate_files.ts";
import { accessMounts, accessVolumes } from "./counter_access.ts";
import { counterEnv, DATA_FOLDER, LEDGER_NOTE, SIGTERM_DELAY_S } from "./counter_env.ts";
import { counterName, labels, ledgerNoteName } from "./names.ts";
import { CONTAINER_SECURITY, POD_SECURITY } from "./pod_security.ts";
import { ADMIN_PORT, HTTP_PORT, PEER_PORT } from "./ports.ts";
import { schedulingFields } from "./scheduling.ts";
import { storeMounts, storeVolumes } from "./store_access.ts";

/** Seconds that the process has after draining, for its last requests and for its exit. */
const EXIT_S = 5;

/** The counters' pod template. It depends on the resource's spec alone: a change of the status must never restart a pod. */
export function counterPodTemplate(cluster: CounterCluster, image: string, transport: Transport) {
  const { podTemplate, imagePullSecrets, drainSeconds } = cluster.spec;
  return {
    metadata: {
      labels: { ...podTemplate.labels, ...labels(cluster, "counter") },
      annotations: {
        "kubectl.kubernetes.io/default-container": "counter",
        ...podTemplate.annotations,
        ...CURRENT_INTERFACE,
      },
    },
    spec: {
      serviceAccountName: counterName(cluster),
      // Otherwise each Service of the namespace would add variables that look like settings.
      enableServiceLinks: false,
      securityContext: POD_SECURITY,
      terminationGracePeriodSeconds: drainSeconds + EXIT_S,
      ...(podTemplate.shareProcessNamespace && { shareProcessNamespace: true }),
      ...(imagePullSecrets && { imagePullSecrets }),
      ...schedulingFields(cluster, "counter"),
      containers: [container(cluster, image, transport)],
      volumes: [
        { name: "data", emptyDir: { sizeLimit: cluster.spec.journal.size } },
        { name: "ledger", configMap: { name: ledgerNoteName(cluster), optional: true } },
        ...storeVolumes(cluster),
        ...accessVolumes(cluster),
        ...(usesCertificate(transport) ? [certificateVolume(cluster, "counter")] : []),
      ],
    },
  };
}

function usesCertificate({ peers, store }: Transport): boolean {
  return peers !== "plain" || store === "tls";
}

function container(cluster: CounterCluster, image: string, transport: Transport) {
  const { imagePullPolicy, resources } = cluster.spec;
  return {
    name: "counter",
    image,
    ...(imagePullPolicy && { imagePullPolicy }),
    args: ["cmd/node.ts"],
    env: counterEnv(cluster, transport),
    ports: [
      { name: "http", containerPort: HTTP_PORT },
      { name: "peer", containerPort: PEER_PORT },
      { name: "admin", containerPort: ADMIN_PORT },
    ],
    resources,
    securityContext: CONTAINER_SECURITY,
    // The end of the log of a counter that fails is then in the pod's status, and so in the resource's. A counter that drained has left a report.
    terminationMessagePolicy: "FallbackToLogsOnError",
    lifecycle: { preStop: { sleep: { seconds: SIGTERM_DELAY_S } } },
    ...PROBES,
    volumeMounts: [
      { name: "data", mountPath: DATA_FOLDER },
      { name: "ledger", mountPath: LEDGER_NOTE.folder, readOnly: true },
      ...storeMounts(cluster),
      ...accessMounts(cluster),
      ...(usesCertificate(transport) ? [CERTIFICATE_MOUNT] : []),
    ],
  };
}

/** A node is alive as long as it answers. Killing it because the store does not answer would help nobody. */
const PROBES = {
  startupProbe: { ...asking("/healthz"), periodSeconds: 1, failureThreshold: 60 },
  readinessProbe: { ...asking("/readyz"), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 },
  livenessProbe: { ...asking("/healthz"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
};

function asking(path: string) {
  return { httpGet: { path, port: "admin" } };
}
