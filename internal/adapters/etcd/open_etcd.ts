import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { type Lookup, systemLookup } from "./addresses.ts";
import { EtcdConnection } from "./etcd_connection.ts";
import { EtcdDiscovery } from "./etcd_discovery.ts";
import { EtcdElection } from "./etcd_election.ts";
import { EtcdStore } from "./etcd_store.ts";
import { keysBelow } from "./keys.ts";
import { Ownership, type PrefixOwner, PrefixTaken } from "./ownership.ts";
import type { TlsSettings } from "./probe.ts";

export interface EtcdOptions {
  /** `host:port` of each member; `etcd://`, `http://` and `https://` may stand before it, and the last turns TLS on. */
  readonly endpoints: readonly string[];
  /** What every key begins with. Default `/global-cluster/`; a slash is added where it is missing. */
  readonly prefix?: string;
  /** A function is asked before each connection: certificates are renewed. */
  readonly tls?: TlsSettings | (() => TlsSettings);
  readonly auth?: { readonly username: string; readonly password: string };
  /** Milliseconds that one call may take. Default 2,000. */
  readonly callTimeoutMs?: number;
  /** Milliseconds that a renewal keeps the leader key. Whole seconds, and etcd grants no less than 2. Default 3,000. */
  readonly ttlMs?: number;
  /** Milliseconds after which a dead node is no longer known. Default 10,000. */
  readonly memberTtlMs?: number;
  /** Claims the prefix. Null or absent: nobody does. */
  readonly owner?: PrefixOwner | null;
  /** How names become addresses. The machine's own way unless given. */
  readonly lookup?: Lookup;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenEtcd {
  readonly store: EtcdStore;
  readonly election: EtcdElection;
  readonly discovery: EtcdDiscovery;
  /** Claims the prefix for the owner. Throws PrefixTaken; any other trouble is logged, and there will be another attempt before this node leads. */
  claim(): Promise<void>;
  /** Pending calls fail. A registration that was not withdrawn runs out. */
  close(): Promise<void>;
}

/** A client of etcd, which begins to connect: who needs it in an emergency has its addresses then. Throws RangeError on endpoints that make no sense. */
export function openEtcd(options: EtcdOptions): OpenEtcd {
  const { clock, logger, callTimeoutMs = 2_000, ttlMs = 3_000, memberTtlMs = 10_000 } = options;
  const endpoints = options.endpoints.map(hostAndPort);
  if (endpoints.length === 0)
    throw new RangeError("No etcd endpoint is given; expected at least one, like 127.0.0.1:2379");
  const keys = keysBelow((options.prefix ?? "/global-cluster/").replace(/\/?$/, "/"));
  const auth = options.auth ?? null;
  const { owner = null, lookup = systemLookup } = options;
  const connection = new EtcdConnection({ endpoints, tls: tlsOf(options), auth, callTimeoutMs, clock, lookup });
  void connection.warmUp();
  const ownership = owner && new Ownership(connection, keys, owner, logger);
  const discovery = new EtcdDiscovery(connection, keys, memberTtlMs, clock, logger);
  const close = async () => {
    discovery.stop();
    connection.close();
  };
  const election = new EtcdElection(connection, keys, ttlMs, logger, ownership);
  const claim = () => (ownership ? claimIfPossible(ownership, logger) : Promise.resolve());
  return { store: new EtcdStore(connection, keys, close), election, discovery, claim, close };
}

/** A store that is away must not keep a node from counting. */
async function claimIfPossible(ownership: Ownership, logger: Logger): Promise<void> {
  await ownership.claim().catch((error: Error) => {
    if (error instanceof PrefixTaken) throw error;
    logger.warn("the prefix in etcd is not claimed yet", { error: error.message });
  });
}

/** TLS settings, if TLS is wanted. Throws when some endpoints say TLS and others say none. */
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
