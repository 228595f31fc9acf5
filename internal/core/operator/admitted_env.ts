import type { CounterCluster, EnvSpec, PodTemplateSpec } from "./counter_cluster.ts";
import type { Failure } from "./failure.ts";
import type { Findings } from "./findings.ts";

/** What the names of the counter's settings begin with. */
export const SETTING = "GLOBAL_CLUSTER_";

/** The settings that the operator sets, or that would contradict one of those. */
const OF_THE_OPERATOR: ReadonlySet<string> = new Set(
  [
    ...["HOST", "PORT", "PEER_HOST", "PEER_PORT", "NAME", "REGION", "STORE", "ETCD_PREFIX", "ETCD_CA", "ETCD_CERT"],
    ...["ETCD_KEY", "ETCD_USER", "ETCD_PASSWORD", "ETCD_PASSWORD_FILE", "DATA_DIR", "MAX_COUNTERS", "DRAIN_DELAY"],
    ...["DRAIN_TIMEOUT", "DRAIN_REPORT", "LOG", "DISCOVERY", "NAMESPACE", "POD_SELECTOR", "POD_UID"],
    ...["KNOWN_LEDGER_FILE", "OWNER", "PEER_CA", "PEER_CERT", "PEER_KEY", "PEER_INSECURE"],
  ].map((setting) => SETTING + setting),
);

/**
 * Whether a resource may give the counters this variable. Others are left out: through NODE_OPTIONS or LD_PRELOAD, for example, whoever may
 * write the resource would run code in the counter. A Secret's text could end up in a log. The definition refuses the same variables, but
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

export function ignoredVariables({ cluster }: Findings): Failure[] {
  const names = (cluster.spec.podTemplate.env ?? []).filter((one) => !isAdmitted(one)).map(({ name }) => name);
  if (names.length === 0) return [];
  const message = `The pods do not get ${listed(names)} of spec.podTemplate.env: they get only settings that begin with ${SETTING}, that the operator does not set itself, and that come from no Secret`;
  return [{ reason: "VariablesIgnored", message }];
}

function listed(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]*)$/, " and $1");
}
