import type { CounterCluster, EnvSpec, PodTemplateSpec } from "./counter_cluster.ts";

/** What the names of the counter's settings begin with. */
export const SETTING = "GLOBAL_CLUSTER_";

/**
 * The settings that the operator sets, or that would contradict one of those. ALLOWED_ORIGINS is none of them: resources from before
 * `spec.access` have it among their variables.
 */
const OF_THE_OPERATOR: ReadonlySet<string> = new Set(
  [
    "HOST PORT ADMIN_HOST ADMIN_PORT PEER_HOST PEER_PORT PEER_CA PEER_CERT PEER_KEY PEER_INSECURE PEER_SERVICE NAME REGION STORE OWNER",
    "ETCD_PREFIX ETCD_CA ETCD_CERT ETCD_KEY ETCD_USER ETCD_PASSWORD ETCD_PASSWORD_FILE KNOWN_LEDGER_FILE",
    "DATA_DIR MAX_COUNTERS DRAIN_DELAY DRAIN_TIMEOUT DRAIN_REPORT LOG DISCOVERY NAMESPACE POD_UID",
    "ANONYMOUS MAX_BY CREATE ALLOWED_HOSTS TRUSTED_PROXIES TOKENS ADMIN_PAGE",
  ].flatMap((line) => line.split(" ").map((setting) => SETTING + setting)),
);

/**
 * Whether a resource may give the counters this variable. Others are left out. Through NODE_OPTIONS or LD_PRELOAD, for example, the author
 * of the resource would run code in the counter. A Secret's text could end up in a log. The definition refuses the same variables, but
 * resources from before it did keep theirs.
 */
export function isAdmitted({ name, valueFrom }: EnvSpec): boolean {
  return name.startsWith(SETTING) && !OF_THE_OPERATOR.has(name) && valueFrom?.secretKeyRef === undefined;
}

/** The additions to the pods, without variables that are not admitted. */
export function admittedTemplate({ spec: { podTemplate } }: CounterCluster): PodTemplateSpec {
  const { env } = podTemplate;
  return env ? { ...podTemplate, env: env.filter(isAdmitted) } : podTemplate;
}
