import { admittedTemplate } from "../admitted_env.ts";
import type { CounterCluster } from "../counter_cluster.ts";
import type { Transport } from "../transport.ts";
import { CERTIFICATE_FILES } from "./certificate_files.ts";
import { accessEnv } from "./counter_access.ts";
import { peersName } from "./names.ts";
import { ADMIN_PORT, HTTP_PORT, PEER_PORT } from "./ports.ts";
import { type EnvVariable, storeEnv } from "./store_access.ts";

export const DATA_FOLDER = "/data";
/** Where the ConfigMap with the ledger's id is mounted. Its key is the name of the file. */
export const LEDGER_NOTE = { folder: "/etc/global-cluster/ledger", key: "ledger" } as const;

/**
 * A stopped pod continues to serve for so long, because kube-proxies and load balancers learn of it later than the pod itself.
 * This time is part of `spec.drainSeconds`, and at least as much remains for draining.
 */
const SERVE_AFTER_STOP_S = 5;
/**
 * The first part of it passes before the process gets SIGTERM. A pod may be stopped just after it was started, and process 1 loses signals
 * until Node has loaded our first line. It would then count until it is killed.
 */
export const SIGTERM_DELAY_S = 2;

/** The settings of cmd/node.ts, then those that the resource adds. */
export function counterEnv(cluster: CounterCluster, transport: Transport): EnvVariable[] {
  const { limits, drainSeconds } = cluster.spec;
  return [
    value("HOST", "0.0.0.0"),
    value("PORT", String(HTTP_PORT)),
    value("ADMIN_HOST", "0.0.0.0"),
    value("ADMIN_PORT", String(ADMIN_PORT)),
    field("PEER_HOST", "status.podIP"),
    value("PEER_PORT", String(PEER_PORT)),
    ...peerEnv(transport),
    field("NAME", "metadata.name"),
    region(cluster),
    ...storeEnv(cluster, transport),
    ...accessEnv(cluster),
    value("DATA_DIR", DATA_FOLDER),
    value("MAX_COUNTERS", String(limits.counters)),
    value("DRAIN_DELAY", `${SERVE_AFTER_STOP_S - SIGTERM_DELAY_S}s`),
    value("DRAIN_TIMEOUT", `${drainSeconds - SIGTERM_DELAY_S}s`),
    // Kubernetes copies this file into the pod's status when the container ends.
    value("DRAIN_REPORT", "/dev/termination-log"),
    value("LOG", "json"),
    value("DISCOVERY", "kubernetes"),
    field("NAMESPACE", "metadata.namespace"),
    field("POD_UID", "metadata.uid"),
    value("PEER_SERVICE", peersName(cluster)),
    value("KNOWN_LEDGER_FILE", `${LEDGER_NOTE.folder}/${LEDGER_NOTE.key}`),
    ...(admittedTemplate(cluster).env ?? []),
  ];
}

function peerEnv({ peers }: Transport): EnvVariable[] {
  const { ca, cert, key } = CERTIFICATE_FILES;
  const certificates = [value("PEER_CA", ca), value("PEER_CERT", cert), value("PEER_KEY", key)];
  return [...(peers === "plain" ? [] : certificates), ...(peers === "tls" ? [] : [value("PEER_INSECURE", "yes")])];
}

/** Empty if the pod's node has no such label, or before Kubernetes 1.35. */
function region({ spec }: CounterCluster): EnvVariable {
  if (spec.region !== undefined) return value("REGION", spec.region);
  return field("REGION", "metadata.labels['topology.kubernetes.io/region']");
}

function value(setting: string, text: string): EnvVariable {
  return { name: `GLOBAL_CLUSTER_${setting}`, value: text };
}

function field(setting: string, fieldPath: string): EnvVariable {
  return { name: `GLOBAL_CLUSTER_${setting}`, valueFrom: { fieldRef: { fieldPath } } };
}
