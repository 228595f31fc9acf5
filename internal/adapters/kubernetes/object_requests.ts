import { isDeepStrictEqual } from "node:util";
import {
  createConfiguration,
  KubernetesObjectApi,
  type RequestContext,
  type ResponseContext,
  type SecurityAuthentication,
  ServerConfiguration,
} from "@kubernetes/client-node";
import { Agent } from "undici";
import type { Access, TlsOptions } from "./access.ts";
import { objectIn } from "./errors.ts";

/** What one request of the client library needs beside its parameters. */
export interface ObjectRequest {
  /** Below the server's address. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  /** Who asks; the API server writes it into its audit log. */
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/**
 * The client library's API for all kinds of objects, for one request. It replaces two things of the library:
 *
 * - Objects pass unchanged. The library's models drop each field that they do not know, or that they call by another name. A NetworkPolicy
 *   would lose its `from` and admit every sender, and a definition its `default` and `enum`. The models also turn times into Date objects.
 * - The caller names the path. The library would first ask the API server for all paths of a group. It would also put an object without a
 *   namespace into "default", and it has no path for a status.
 */
export class ObjectRequests extends KubernetesObjectApi {
  readonly #request: ObjectRequest;
  #method = "";

  constructor(server: URL, authentication: SecurityAuthentication, request: ObjectRequest) {
    const baseServer = new ServerConfiguration(server.href.replace(/\/$/, ""), {});
    super(createConfiguration({ baseServer, authMethods: { default: authentication } }));
    this.#request = request;
  }

  protected override async specUriPath(): Promise<string> {
    return this.#request.path;
  }

  protected override requestPromise<T extends object>(context: RequestContext): Promise<T> {
    const { userAgent, signal, body } = this.#request;
    this.#method = context.getHttpMethod();
    context.setHeaderParam("User-Agent", userAgent);
    context.setSignal(signal);
    if (body) context.setBody(JSON.stringify(body));
    return super.requestPromise<T>(context);
  }

  /** Throws KubernetesError for a response that is no success. */
  protected override async processResponse<T extends object>(response: ResponseContext): Promise<T> {
    return objectIn(`${this.#method} ${this.#request.path}`, response.httpStatusCode, await response.body.text()) as T;
  }
}

/** Milliseconds of silence after which the kernel checks a connection. */
const KEEPALIVE_DELAY_MS = 10_000;
/** Milliseconds for which an idle connection is kept. An operator polls more often. */
const IDLE_TIMEOUT_MS = 60_000;

/** Authenticates requests of the client library, and keeps their connections: the library opens a new one for each request. */
export class KeptConnections implements SecurityAuthentication {
  readonly #access: Access;
  #tls: TlsOptions = {};
  #agent: Agent | null = null;

  constructor(access: Access) {
    this.#access = access;
  }

  getName(): string {
    return "kubeconfig";
  }

  async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const { headers = {}, ...tls } = await this.#access.credentials();
    for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
    context.setDispatcher(this.#agentFor(tls));
  }

  /** The same agent, and so the same connections, until a certificate is renewed. */
  #agentFor(tls: TlsOptions): Agent {
    if (this.#agent && isDeepStrictEqual(tls, this.#tls)) return this.#agent;
    void this.#agent?.close();
    this.#tls = tls;
    // One connection of HTTP/2 would carry all requests: if it went silent, all of them would wait for TCP to give up.
    const connect = { ...tls, keepAliveInitialDelay: KEEPALIVE_DELAY_MS };
    this.#agent = new Agent({ connect, allowH2: false, keepAliveTimeout: IDLE_TIMEOUT_MS });
    return this.#agent;
  }
}
