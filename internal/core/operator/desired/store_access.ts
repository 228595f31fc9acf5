import type { CounterCluster, ExternalEtcd, TlsSpec } from "../counter_cluster.ts";
import type { Transport } from "../transport.ts";
import { CERTIFICATE_FILES } from "./certificate_files.ts";
import { etcdName } from "./names.ts";
import { ETCD_CLIENT_PORT } from "./ports.ts";

/** Where the store's certificates are in a counter's container. */
const TLS_FOLDER = "/etc/global-cluster/store-tls";
const TLS_VOLUME = "store-tls";

export interface EnvVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

/** `host:port` of each member of the managed store. These are names of pods, so that a counter can choose a member. */
export function managedEndpoints(cluster: CounterCluster, members: number): string[] {
  const service = etcdName(cluster);
  const host = (member: number) => `${service}-${member}.${service}.${cluster.metadata.namespace}.svc`;
  return Array.from({ length: members }, (_, member) => `${host(member)}:${ETCD_CLIENT_PORT}`);
}

export function storeEnv(cluster: CounterCluster, { store }: Transport): EnvVariable[] {
  const { managed, external } = cluster.spec.store.etcd;
  if (external) return externalEnv(cluster, external);
  const { ca, cert, key } = CERTIFICATE_FILES;
  return [
    { name: "GLOBAL_CLUSTER_STORE", value: address(managedEndpoints(cluster, managed?.members ?? 1)) },
    ...(store === "tls" ? filesEnv({ ca, cert, key }) : []),
  ];
}

function address(endpoints: readonly string[]): string {
  return `etcd://${endpoints.join()}`;
}

function externalEnv(cluster: CounterCluster, { endpoints, prefix, tls, auth }: ExternalEtcd): EnvVariable[] {
  const { namespace, name, uid } = cluster.metadata;
  return [
    { name: "GLOBAL_CLUSTER_STORE", value: address(endpoints) },
    { name: "GLOBAL_CLUSTER_ETCD_PREFIX", value: prefix ?? `/global-cluster/${namespace}/${name}/` },
    // Only an external store can have another owner. A managed store outlives its resource, and the next resource of its name has another uid.
    { name: "GLOBAL_CLUSTER_OWNER", value: `${namespace}/${name}/${uid}` },
    ...(tls ? tlsEnv(tls) : []),
    ...(auth ? authEnv(auth.secretName) : []),
  ];
}

function tlsEnv({ clientCertificate }: TlsSpec): EnvVariable[] {
  const own = { cert: `${TLS_FOLDER}/tls.crt`, key: `${TLS_FOLDER}/tls.key` };
  return filesEnv({ ca: `${TLS_FOLDER}/ca.crt`, ...(clientCertificate && own) });
}

function filesEnv(files: { readonly ca: string; readonly cert?: string; readonly key?: string }): EnvVariable[] {
  return Object.entries(files).map(([file, value]) => ({ name: `GLOBAL_CLUSTER_ETCD_${file.toUpperCase()}`, value }));
}

function authEnv(secret: string): EnvVariable[] {
  const from = (key: string) => ({ secretKeyRef: { name: secret, key } });
  return [
    { name: "GLOBAL_CLUSTER_ETCD_USER", valueFrom: from("username") },
    { name: "GLOBAL_CLUSTER_ETCD_PASSWORD", valueFrom: from("password") },
  ];
}

export function storeVolumes(cluster: CounterCluster): object[] {
  const secretName = cluster.spec.store.etcd.external?.tls?.secretName;
  return secretName === undefined ? [] : [{ name: TLS_VOLUME, secret: { secretName } }];
}

export function storeMounts(cluster: CounterCluster): object[] {
  const tls = cluster.spec.store.etcd.external?.tls;
  return tls ? [{ name: TLS_VOLUME, mountPath: TLS_FOLDER, readOnly: true }] : [];
}
