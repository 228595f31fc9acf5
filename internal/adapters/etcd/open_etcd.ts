import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { type Lookup, systemLookup } from "./addresses.ts";
import { EtcdConnection } from "./etcd_connection.ts";
import { EtcdDiscovery } from "./etcd_discovery.ts";
import { EtcdElection } from "./etcd_election.ts";
import { EtcdStore } from "./etcd_store.ts";
import { keysBelow } from "./keys.ts";
import { type PrefixOwner, PrefixOwnership, PrefixTaken } from "./ownership.ts";
import type { TlsSettings } from "./probe.ts";

export interface EtcdOptions {
  /** `host:port` of each member, with an optional scheme: `etcd://`, `http://`, or `https://`, which turns TLS on. */
  readonly endpoints: readonly string[];
  /** Prefix of every key. Default `/global-cluster/`; a missing slash at the end is added. */
  readonly prefix?: string;
  /** A function is called before each connection: certificates are renewed. */
  readonly tls?: TlsSettings | (() => TlsSettings);
  readonly auth?: { readonly username: string; readonly password: string };
  /** Milliseconds that one call may take. Default 2,000. */
  readonly callTimeoutMs?: number;
  /** Milliseconds that a renewal keeps the leader key. Whole seconds, and etcd grants no less than 2. Default 3,000. */
  readonly ttlMs?: number;
  /** Milliseconds after which a dead node is no longer listed. Default 10,000. */
  readonly memberTtlMs?: number;
  /** Claims the prefix. Null or absent: it is not claimed. */
  readonly owner?: PrefixOwner | null;
  /** Resolves names. Default: the machine's own resolver. */
  readonly lookup?: Lookup;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenEtcd {
  readonly store: EtcdStore;
  readonly election: EtcdElection;
  readonly discovery: EtcdDiscovery;
  /** Claims the prefix for the owner. Throws PrefixTaken. Logs any other failure; the node tries again before it leads. */
  claim(): Promise<void>;
  /** Pending calls fail. A registration that was not withdrawn expires. */
  close(): Promise<void>;
}

/** Opens a client of etcd and begins to connect, so that its addresses are known even if DNS fails later. Throws RangeError for invalid endpoints. */
export function openEtcd(options: EtcdOptions): OpenEtcd {
  const { clock, logger, callTimeoutMs = 2_000, ttlMs = 3_000, memberTtlMs = 10_000 } = options;
  const endpoints = options.endpoints.map(hostAndPort);
  if (endpoints.length === 0)
    throw new RangeError("No etcd endpoint is given; expected at least one, for example 127.0.0.1:2379");
  const keys = keysBelow((options.prefix ?? "/global-cluster/").replace(/\/?$/, "/"));
  const auth = options.auth ?? null;
  const { owner = null, lookup = systemLookup } = options;
  const connection = new EtcdConnection({ endpoints, tls: tlsOf(options), auth, callTimeoutMs, clock, lookup });
  void connection.warmUp();
  const ownership = owner && new PrefixOwnership(connection, keys, owner, logger);
  const discovery = new EtcdDiscovery(connection, keys, memberTtlMs, clock, logger);
  const close = async () => {
    discovery.stop();
    connection.close();
  };
  const election = new EtcdElection(connection, keys, ttlMs, logger, ownership);
  const claim = () => (ownership ? claimIfPossible(ownership, logger) : Promise.resolve());
  return { store: new EtcdStore(connection, keys, close), election, discovery, claim, close };
}

/** A store that is unreachable must not keep a node from counting. */
async function claimIfPossible(ownership: PrefixOwnership, logger: Logger): Promise<void> {
  await ownership.claim().catch((error: Error) => {
    if (error instanceof PrefixTaken) throw error;
    logger.warn("cannot claim the prefix in etcd yet; retrying before this node leads", { error: error.message });
  });
}

/** TLS settings; null without TLS. Throws RangeError if one endpoint is http:// and TLS is set, too. */
function tlsOf({ endpoints, tls }: EtcdOptions): (() => TlsSettings) | null {
  const plain = endpoints.filter((endpoint) => endpoint.startsWith("http://"));
  const secure = endpoints.filter((endpoint) => endpoint.startsWith("https://"));
  if (plain.length > 0 && (secure.length > 0 || tls)) {
    throw new RangeError(`${plain[0]} is without TLS, but TLS is set for etcd: write https:// or leave the scheme out`);
  }
  if (typeof tls === "function") return tls;
  return tls || secure.length > 0 ? () => tls ?? {} : null;
}

function hostAndPort(endpoint: string): string {
  const address = endpoint.replace(/^(etcd|https?):\/\//, "").replace(/\/$/, "");
  if (!/^(\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+):\d{1,5}$/.test(address)) {
    throw new RangeError(`"${endpoint}" is not an etcd endpoint; expected host:port, like 127.0.0.1:2379`);
  }
  return address;
}
