import type { Role } from "../identity/identity.ts";
import type { ClusterMember, Founding, Membership } from "./member.ts";
import { tokenOf } from "./note.ts";

/** The part of etcd's configuration that does not depend on how it starts. */
export interface EtcdSetup {
  /** Addresses to listen on, as URLs. */
  readonly listen: { readonly client: string; readonly peer: string; readonly metrics: string };
  /** Null: without TLS. */
  readonly tls: EtcdTls | null;
  /** Where etcd keeps its data. */
  readonly dataFolder: string;
  /** Bytes after which etcd refuses writes. */
  readonly quotaBytes: number;
}

export interface EtcdTls {
  /** Paths of PEM files. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Address for probes, which have no certificate: `http://host:port`. Only health and metrics are served there. */
  readonly ready: string;
}

/** How etcd starts. If it has data, it ignores this. */
export type EtcdStart =
  | { readonly kind: "data" }
  | { readonly kind: "found"; readonly founding: Founding }
  /** `members`: the cluster's members, including this one. */
  | { readonly kind: "join"; readonly members: readonly ClusterMember[] };

/** etcd's configuration file: https://etcd.io/docs/v3.6/op-guide/configuration/ */
export function etcdConfig(membership: Membership, setup: EtcdSetup, start: EtcdStart): string {
  const { me } = membership;
  const settings = {
    name: me.name,
    "data-dir": setup.dataFolder,
    "listen-client-urls": setup.listen.client,
    "advertise-client-urls": me.clientUrl,
    "listen-peer-urls": setup.listen.peer,
    "initial-advertise-peer-urls": me.peerUrl,
    "listen-metrics-urls": setup.listen.metrics,
    "initial-cluster": initialCluster(membership, start),
    "initial-cluster-state": start.kind === "found" ? "new" : "existing",
    "initial-cluster-token": start.kind === "found" ? tokenOf(start.founding) : "",
    // The ledger is written every second. Without these, etcd would keep its whole history on disk, and in memory the last 15,000 rounds.
    "auto-compaction-mode": "periodic",
    "auto-compaction-retention": "5m",
    "snapshot-count": 1000,
    "snapshot-catchup-entries": 500,
    "quota-backend-bytes": setup.quotaBytes,
    ...(setup.tls && tlsSettings(setup.tls)),
  };
  return Object.entries(settings)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("");
}

/**
 * Every client and every member needs a certificate of the cluster's authority, and members one that says `store`. Members are not checked
 * for their addresses: those change with each pod, and DNS learns of it later. The HTTP gateway would let probes' port read and write.
 */
function tlsSettings({ files: { ca, cert, key }, ready }: EtcdTls) {
  const security = { "cert-file": cert, "key-file": key, "client-cert-auth": true, "trusted-ca-file": ca };
  return {
    "client-transport-security": security,
    "peer-transport-security": { ...security, "allowed-cn": [STORE], "skip-client-san-verification": true },
    "tls-min-version": "TLS1.3",
    "listen-client-http-urls": ready,
    "enable-grpc-gateway": false,
  };
}

/** The common name in certificates of the store: see adapters/x509. */
const STORE: Role = "store";

/** A member that joins must name exactly the cluster's members. One that has not started yet has no name there. */
function initialCluster({ all }: Membership, start: EtcdStart): string {
  if (start.kind !== "join") return all.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join();
  return start.members
    .flatMap(({ id, name, peerUrls }) =>
      peerUrls.map((peerUrl) => `${all.find((one) => one.peerUrl === peerUrl)?.name || name || id}=${peerUrl}`),
    )
    .join();
}
