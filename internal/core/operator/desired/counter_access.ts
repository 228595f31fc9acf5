import type { AccessRuleSpec, AccessSpec, CounterCluster } from "../counter_cluster.ts";
import type { EnvVariable } from "./store_access.ts";

/** Where the Secret with the tokens is mounted, and its key. */
const TOKENS = { folder: "/etc/global-cluster/tokens", key: "tokens.json", volume: "tokens" } as const;

/** The settings for what requests may do. A field that is not set is left to the counter's own default. */
export function accessEnv(cluster: CounterCluster): EnvVariable[] {
  const { access = {} } = cluster.spec;
  const { origins, trustedProxies, tokensSecret, adminPage } = access;
  return [
    ...setting("ANONYMOUS", byName(access, "anonymous")),
    ...setting("MAX_BY", byName(access, "maxBy")),
    ...setting("CREATE", byName(access, "create")),
    ...setting("ALLOWED_ORIGINS", origins?.join()),
    ...setting("ALLOWED_HOSTS", allowedHosts(cluster)?.join()),
    ...setting("TRUSTED_PROXIES", trustedProxies?.join()),
    ...setting("TOKENS", tokensSecret && `${TOKENS.folder}/${TOKENS.key}`),
    ...setting("ADMIN_PAGE", adminPage),
  ];
}

/** Undefined: all. Otherwise also the names that Kubernetes gives the Service, and the Ingress's host. */
export function allowedHosts({ metadata, spec: { access, ingress } }: CounterCluster): string[] | undefined {
  if (!access?.hosts) return undefined;
  const { name, namespace } = metadata;
  const service = ["", `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map(
    (rest) => name + rest,
  );
  return [...new Set([...access.hosts, ...(ingress ? [ingress.host] : []), ...service])];
}

/** The pods do not start without the Secret: without its tokens, nobody would have the rights that it gives. */
export function accessVolumes({ spec: { access } }: CounterCluster): object[] {
  const secretName = access?.tokensSecret;
  return secretName === undefined ? [] : [{ name: TOKENS.volume, secret: { secretName } }];
}

export function accessMounts({ spec: { access } }: CounterCluster): object[] {
  return access?.tokensSecret === undefined ? [] : [{ name: TOKENS.volume, mountPath: TOKENS.folder, readOnly: true }];
}

/** The value for all counters, and those by name: `read,visits=count`. Undefined if there is none. */
function byName(access: AccessSpec, field: Exclude<keyof AccessRuleSpec, "name">): string | undefined {
  const rules = access.counters ?? [];
  const named = rules.flatMap((rule) => (rule[field] === undefined ? [] : [`${rule.name}=${rule[field]}`]));
  const all = access[field] === undefined ? named : [String(access[field]), ...named];
  return all.length > 0 ? all.join() : undefined;
}

function setting(name: string, value: string | undefined): EnvVariable[] {
  return value === undefined ? [] : [{ name: `GLOBAL_CLUSTER_${name}`, value }];
}
