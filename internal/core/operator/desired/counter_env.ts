import type { CounterCluster } from "../counter_cluster.ts";
import { selectorText } from "./names.ts";
import { HTTP_PORT, PEER_PORT } from "./ports.ts";
import { type EnvVariable, storeEnv } from "./store_access.ts";

export const DATA_FOLDER = "/data";
/** Where the ConfigMap with the known ledger is mounted; its key is the file's name. */
export const LEDGER_NOTE = { folder: "/etc/global-cluster/ledger", key: "ledger" } as const;

/**
 * Seconds that a stopped pod goes on serving: kube-proxies and load balancers hear of it a moment after the pod does.
 * They are part of `spec.drainSeconds`, of which at least as much is left for draining.
 */
const SECONDS_TO_BE_FORGOTTEN = 5;
/**
 * The first of them pass before the process is told. A pod may be stopped when it has just been started, and until Node has loaded the first
 * line of ours a signal to process 1 is lost: it would count on until it is killed.
 */
export const SECONDS_TO_LISTEN = 2;

/** The settings of cmd/node.ts, then what the resource adds to them. The definition refuses additions that are set here. */
export function counterEnv(cluster: CounterCluster): EnvVariable[] {
  const { limits, drainSeconds, podTemplate } = cluster.spec;
  return [
    value("HOST", "0.0.0.0"),
    value("PORT", String(HTTP_PORT)),
    field("PEER_HOST", "status.podIP"),
    value("PEER_PORT", String(PEER_PORT)),
    field("NAME", "metadata.name"),
    region(cluster),
    ...storeEnv(cluster),
    value("DATA_DIR", DATA_FOLDER),
    value("MAX_COUNTERS", String(limits.counters)),
    value("DRAIN_DELAY", `${SECONDS_TO_BE_FORGOTTEN - SECONDS_TO_LISTEN}s`),
    value("DRAIN_TIMEOUT", `${drainSeconds - SECONDS_TO_LISTEN}s`),
    // Kubernetes' own place for a container's last words: they are then in the pod's status.
    value("DRAIN_REPORT", "/dev/termination-log"),
    value("LOG", "json"),
    value("DISCOVERY", "kubernetes"),
    field("NAMESPACE", "metadata.namespace"),
    field("POD_UID", "metadata.uid"),
    value("POD_SELECTOR", selectorText(cluster, "counter")),
    value("KNOWN_LEDGER_FILE", `${LEDGER_NOTE.folder}/${LEDGER_NOTE.key}`),
    ...(podTemplate.env ?? []),
  ];
}

/** A pod on a machine without the label, or on Kubernetes before 1.35, gets an empty one. */
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
