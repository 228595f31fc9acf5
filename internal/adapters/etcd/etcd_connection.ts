import type {
  IAuthenticateResponse,
  ILeaseGrantRequest,
  ILeaseGrantResponse,
  IRangeRequest,
  IRangeResponse,
  ITxnRequest,
  ITxnResponse,
} from "etcd3";
import type { Clock } from "../../ports/clock.ts";
import { Addresses, type Lookup } from "./addresses.ts";
import { CallFailure, Code, callText, LEARNER } from "./call_failure.ts";
import { EtcdClient, type Reply, type Service } from "./etcd_client.ts";
import { probe, type TlsSettings } from "./probe.ts";

export interface ConnectionSettings {
  /** `host:port` of each member. */
  readonly endpoints: readonly string[];
  /** Called before each connection: certificates are renewed. */
  readonly tls: (() => TlsSettings) | null;
  readonly auth: EtcdCredentials | null;
  /** Milliseconds for one call once connected. Connecting may take as long, but at most a second. */
  readonly callTimeoutMs: number;
  readonly clock: Clock;
  readonly lookup: Lookup;
}

export interface EtcdCredentials {
  readonly username: string;
  readonly password: string;
}

const MAX_CONNECT_MS = 1_000;

/** The call was refused before it was applied, so it can be sent again with a new token. */
const STALE_TOKEN = /invalid auth token|revision of auth store is old/;

/**
 * Calls to an etcd member that answers. Each call has a deadline and is sent once; only what a learner refused is sent once more. After a
 * connection error or a timeout, the next call connects again, to another member if there is one. Throws CallFailure.
 */
export class EtcdConnection {
  readonly #settings: ConnectionSettings;
  readonly #addresses: Addresses;
  #client: EtcdClient | null = null;
  #connecting: Promise<EtcdClient> | null = null;
  #token: Promise<string | null> | null = null;
  /** The member that failed last. The others are tried first. */
  #avoid: string | null = null;
  #closed = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#addresses = new Addresses(settings.lookup, settings.clock);
  }

  /** Connects before the first call. Never throws: that call reports the error. */
  async warmUp(): Promise<void> {
    await this.#connected().catch(() => {});
  }

  range(request: IRangeRequest): Promise<IRangeResponse> {
    return this.#unary("KV", "range", request);
  }

  txn(request: ITxnRequest): Promise<ITxnResponse> {
    return this.#unary("KV", "txn", request);
  }

  leaseGrant(request: ILeaseGrantRequest): Promise<ILeaseGrantResponse> {
    return this.#unary("Lease", "leaseGrant", request);
  }

  leaseRevoke(leaseId: string): Promise<void> {
    return this.#unary("Lease", "leaseRevoke", { ID: leaseId });
  }

  /** Extends a lease by its TTL. False if it has ended. */
  async keepAlive(leaseId: string, timeoutMs: number = this.#settings.callTimeoutMs): Promise<boolean> {
    const response = await this.#authorized((client, token) => client.keepAlive(leaseId, token, timeoutMs));
    return response.TTL !== "0";
  }

  /** The encoded StatusResponse of the member that the connection is to. */
  status(): Promise<Buffer> {
    return this.#authorized((client, token) => client.status(token, this.#settings.callTimeoutMs));
  }

  /** Pending and later calls fail. */
  close(): void {
    this.#closed = true;
    this.#client?.close();
    this.#client = null;
  }

  #unary<Response>(service: Service, method: string, request: unknown): Promise<Response> {
    const { callTimeoutMs } = this.#settings;
    return this.#authorized((client, token) => client.send<Response>(service, method, request, token, callTimeoutMs));
  }

  async #authorized<Response>(
    send: (client: EtcdClient, token: string | null) => Promise<Reply<Response>>,
  ): Promise<Response> {
    try {
      return await this.#sentOnce(send);
    } catch (error) {
      // A learner refuses before it looks at a request, and the connection to it is closed by now.
      if (isLearner(error)) return this.#sentOnce(send);
      throw error;
    }
  }

  async #sentOnce<Response>(
    send: (client: EtcdClient, token: string | null) => Promise<Reply<Response>>,
  ): Promise<Response> {
    const client = await this.#connected();
    const token = this.#authenticate(client);
    const reply = await send(client, await token);
    if ("response" in reply) return reply.response;
    if (STALE_TOKEN.test(reply.details) && this.#settings.auth) {
      this.#forget(token);
      return this.#answer(client, await send(client, await this.#authenticate(client)));
    }
    return this.#answer(client, reply);
  }

  #answer<Response>(client: EtcdClient, reply: Reply<Response>): Response {
    if ("response" in reply) return reply.response;
    if (isMembersFailure(reply)) this.#drop(client);
    throw new CallFailure(`${client.endpoint}: ${callText(reply.details)}`, reply.code, reply.sent);
  }

  async #connected(): Promise<EtcdClient> {
    const client = this.#client;
    if (client && (await client.ready())) return client;
    if (client) this.#drop(client);
    if (this.#closed) throw notSent("this client is closed");
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<EtcdClient> {
    const { endpoints } = this.#settings;
    const others = endpoints.filter((endpoint) => endpoint !== this.#avoid);
    const client = await this.#first(others.length > 0 ? others : endpoints).catch((error) => {
      if (others.length === 0 || others.length === endpoints.length) throw error;
      return this.#first(endpoints);
    });
    if (this.#closed) {
      client.close();
      throw notSent("this client is closed");
    }
    this.#client = client;
    return client;
  }

  /** A client of the endpoint that answers a probe first. */
  async #first(endpoints: readonly string[]): Promise<EtcdClient> {
    const tls = this.#settings.tls?.() ?? null;
    const timeoutMs = Math.min(MAX_CONNECT_MS, this.#settings.callTimeoutMs);
    const probes = endpoints.map((endpoint) => this.#reached(endpoint, tls, timeoutMs));
    const { endpoint, address } = await Promise.any(probes).catch((error: AggregateError) => {
      const reasons = error.errors.map((reason, i) => `${endpoints[i]}: ${reasonOf(reason)}`);
      throw notSent(`cannot connect: ${reasons.join("; ")}`, error);
    });
    const client = new EtcdClient(endpoint, tls, address);
    if (await client.connect(timeoutMs)) return client;
    client.close();
    throw notSent(`cannot connect: ${endpoint}: no gRPC within ${timeoutMs} ms`);
  }

  /** The address at which `endpoint` answers a probe. */
  async #reached(
    endpoint: string,
    tls: TlsSettings | null,
    timeoutMs: number,
  ): Promise<{ endpoint: string; address: string }> {
    const { clock } = this.#settings;
    const addresses = await this.#addresses.of(endpoint, timeoutMs);
    const probes = addresses.map((address) => probe(endpoint, tls, timeoutMs, clock, address).then(() => address));
    return { endpoint, address: await Promise.any(probes) };
  }

  /** Tokens are valid on every member, so they outlive a client. */
  #authenticate(client: EtcdClient): Promise<string | null> {
    const { auth } = this.#settings;
    if (!auth) return Promise.resolve(null);
    if (this.#token) return this.#token;
    const token = this.#login(client, auth);
    this.#token = token;
    token.catch(() => this.#forget(token));
    return token;
  }

  async #login(client: EtcdClient, auth: EtcdCredentials): Promise<string | null> {
    const request = { name: auth.username, password: auth.password };
    const { callTimeoutMs } = this.#settings;
    const reply = await client.send<IAuthenticateResponse>("Auth", "authenticate", request, null, callTimeoutMs);
    if ("response" in reply) return reply.response.token;
    // Like etcd's own client: a password is ignored if etcd does not ask for one.
    if (/authentication is not enabled/.test(reply.details)) return null;
    if (isMembersFailure(reply)) this.#drop(client);
    throw new CallFailure(`${client.endpoint}: ${callText(reply.details)}`, reply.code, false);
  }

  #forget(token: Promise<string | null>): void {
    if (this.#token === token) this.#token = null;
  }

  #drop(client: EtcdClient): void {
    client.close();
    this.#avoid = client.endpoint;
    if (this.#client === client) this.#client = null;
  }
}

/**
 * Whether another member, or a new connection, may do what this one did not: cancelled, unknown, deadline exceeded, aborted, unimplemented
 * (another program listens there), internal, unavailable, data loss. A learner serves nothing that is asked here.
 */
function isMembersFailure({ code, details }: { readonly code: number; readonly details: string }): boolean {
  return [1, 2, 4, 10, 12, 13, 14, 15].includes(code) || LEARNER.test(details);
}

function isLearner(error: unknown): boolean {
  return error instanceof CallFailure && LEARNER.test(error.message);
}

function notSent(message: string, cause?: unknown): CallFailure {
  return new CallFailure(message, Code.unavailable, false, { cause });
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
