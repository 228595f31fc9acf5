import type { DesiredObject } from "./desired/object.ts";
import { ETCD_CLIENT_PORT } from "./desired/ports.ts";

/** The fields by which an object names others of its namespace (https://kubernetes.io/docs/reference/kubernetes-api/). */
interface Naming extends DesiredObject {
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
  readonly spec?: {
    readonly serviceName?: string;
    readonly template?: { readonly spec?: PodFields };
    readonly rules?: readonly { readonly http: { readonly paths: readonly Path[] } }[];
  };
}

interface Path {
  readonly backend: { readonly service: { readonly name: string } };
}

interface PodFields {
  readonly serviceAccountName?: string;
  readonly volumes?: readonly {
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
  }[];
  readonly containers?: readonly {
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
  }[];
}

/**
 * The objects that an object gets rights, data or a destination from, each as in `ServiceAccount visits`. It must not be applied while one of
 * them belongs to somebody else: for example, its pods would run with that account's rights.
 */
export function usedObjects(object: DesiredObject): string[] {
  const { roleRef, subjects = [], spec } = object as Naming;
  const pods = spec?.template?.spec;
  const bound = [...(roleRef ? [roleRef] : []), ...subjects];
  const services = (spec?.rules ?? []).flatMap(({ http }) => http.paths.map(({ backend }) => backend.service.name));
  return [
    ...bound.map(({ kind, name }) => `${kind} ${name}`),
    ...services.map((name) => `Service ${name}`),
    ...(spec?.serviceName === undefined ? [] : [`Service ${spec.serviceName}`]),
    ...(pods ? usedByPods(pods) : []),
  ];
}

function usedByPods({ serviceAccountName, volumes = [], containers = [] }: PodFields): string[] {
  const env = new Map(containers.flatMap(({ env = [] }) => env.map(({ name, value }) => [name, value])));
  const peers = env.get("GLOBAL_CLUSTER_PEER_SERVICE");
  return [
    ...(serviceAccountName === undefined ? [] : [`ServiceAccount ${serviceAccountName}`]),
    ...volumes.flatMap(({ configMap, secret }) => [
      ...(configMap ? [`ConfigMap ${configMap.name}`] : []),
      ...(secret ? [`Secret ${secret.secretName}`] : []),
    ]),
    ...(peers === undefined ? [] : [`Service ${peers}`]),
    ...servicesIn(env.get("GLOBAL_CLUSTER_STORE") ?? ""),
  ];
}

/** Members of a managed store have names such as `visits-etcd-0.visits-etcd.web.svc:2379`. The second part is that of their Service. */
function servicesIn(store: string): string[] {
  const members = store.matchAll(new RegExp(`[a-z0-9-]+\\.([a-z0-9-]+)\\.[a-z0-9-]+\\.svc:${ETCD_CLIENT_PORT}`, "g"));
  return [...new Set([...members].map(([, service]) => `Service ${service}`))];
}
