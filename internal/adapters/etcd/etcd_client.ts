import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { Etcd3, type ILeaseKeepAliveResponse } from "etcd3";
import type { Identity } from "../../core/identity/identity.ts";
import { hostAndPort } from "./addresses.ts";
import { Code } from "./call_failure.ts";
import type { TlsSettings } from "./probe.ts";
import { identityCheck } from "./server_identity.ts";

export type Reply<Response> =
  | { readonly response: Response }
  | { readonly code: number; readonly details: string; readonly sent: boolean };

export type Service = "KV" | "Lease" | "Auth" | "Cluster" | "Maintenance";

interface Cancellable {
  cancel(): void;
}

interface ServiceError {
  readonly code?: number;
  readonly details?: string;
  readonly message: string;
}

type Unary = (
  request: unknown,
  metadata: unknown,
  options: { readonly deadline: number },
  done: (error: ServiceError | null, response: unknown) => void,
) => Cancellable;

type UnaryBytes = (
  path: string,
  serialize: () => Buffer,
  deserialize: (bytes: Buffer) => Buffer,
  request: null,
  metadata: unknown,
  options: { readonly deadline: number },
  done: (error: ServiceError | null, response: Buffer) => void,
) => Cancellable;

type KeepAlive = (metadata: unknown, options: { readonly deadline: number }) => KeepAliveStream;

interface KeepAliveStream extends Cancellable {
  on(event: "data", listener: (response: ILeaseKeepAliveResponse) => void): void;
  on(event: "error", listener: (error: ServiceError) => void): void;
  on(event: "end", listener: () => void): void;
  write(request: { readonly ID: string }): void;
  end(): void;
}

/** Number of clients so far. In the user agent, it keeps two clients from sharing a connection. */
let clients = 0;

const READY = 2;
/** As in grpc-js, which refuses a larger answer by its length. Answers of 1 MB are asked for, and one entry has at most 1.5 MB. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/**
 * One connection to one etcd member. It uses etcd3's connection pool but not its policies, which retry transactions, and not its error
 * types, which drop gRPC's status. It never reconnects: the caller closes a broken client and opens another.
 */
export class EtcdClient extends Etcd3 {
  readonly endpoint: string;
  readonly #pending = new Set<Cancellable>();

  /** `address`: the resolved `endpoint` (`host:port`), if known. Certificates are checked against the endpoint's name. */
  constructor(endpoint: string, tls: TlsSettings | null, address = endpoint) {
    const { host } = hostAndPort(endpoint);
    super({
      hosts: `${tls ? "https" : "http"}://${address}`,
      ...(tls && { credentials: credentialsOf(tls) }),
      grpcOptions: {
        ...(isIP(host) ? {} : { "grpc.ssl_target_name_override": host, "grpc.default_authority": endpoint }),
        "grpc.enable_retries": 0,
        "grpc.enable_http_proxy": 0,
        "grpc.service_config_disable_resolution": 1,
        "grpc.max_receive_message_length": MAX_RESPONSE_BYTES,
        // grpc-js reuses a connection with the same options, even one that was closed because it had gone silent.
        "grpc.primary_user_agent": `global-cluster/${++clients}`,
      },
    });
    this.endpoint = endpoint;
    if (tls?.server) checkIdentity(this.pool, tls.server);
  }

  /** Connects. False if there is no connection after `timeoutMs`. */
  connect(timeoutMs: number): Promise<boolean> {
    return this.pool.withConnection(
      "KV",
      ({ client }) =>
        new Promise<boolean>((resolve) => client.waitForReady(Date.now() + timeoutMs, (error) => resolve(!error))),
    );
  }

  /** Whether there is a connection as far as this process knows. */
  ready(): Promise<boolean> {
    return this.pool.withConnection("KV", ({ client }) => client.getChannel().getConnectivityState(false) === READY);
  }

  /** Sends one request, once. Never rejects. */
  send<Response>(
    service: Service,
    method: string,
    request: unknown,
    token: string | null,
    timeoutMs: number,
  ): Promise<Reply<Response>> {
    return this.#withService<Response>(service, token, (client, metadata, done) => {
      const call = (client as unknown as Record<string, Unary>)[method]?.(
        request,
        metadata,
        deadlineIn(timeoutMs),
        (error, response) => done(error ? failed(error) : { response: response as Response }),
      );
      if (!call) throw new Error(`etcd's ${service} service has no method ${method}`);
      return call;
    });
  }

  /** Asks the member for its status. Never rejects. Resolves to the encoded StatusResponse: etcd3 knows only a part of its fields. */
  status(token: string | null, timeoutMs: number): Promise<Reply<Buffer>> {
    return this.#withService<Buffer>("Maintenance", token, (client, metadata, done) => {
      const same = (bytes: Buffer) => bytes;
      return (client as unknown as { makeUnaryRequest: UnaryBytes }).makeUnaryRequest(
        "/etcdserverpb.Maintenance/Status",
        () => Buffer.alloc(0),
        same,
        null,
        metadata,
        deadlineIn(timeoutMs),
        (error, response) => done(error ? failed(error) : { response }),
      );
    });
  }

  /** Extends a lease once. Never rejects. A TTL of 0 in the response means that the lease has ended. */
  keepAlive(leaseId: string, token: string | null, timeoutMs: number): Promise<Reply<ILeaseKeepAliveResponse>> {
    return this.#withService<ILeaseKeepAliveResponse>("Lease", token, (client, metadata, done) => {
      const stream = (client as unknown as { leaseKeepAlive: KeepAlive }).leaseKeepAlive(
        metadata,
        deadlineIn(timeoutMs),
      );
      stream.on("data", (response) => {
        stream.end();
        done({ response });
      });
      stream.on("error", (error) => done(failed(error)));
      stream.on("end", () => done(failed({ message: "the stream ended without a reply" })));
      stream.write({ ID: leaseId });
      return stream;
    });
  }

  /** Closes the connection and cancels pending calls. */
  override close(): void {
    super.close();
    for (const call of this.#pending) call.cancel();
  }

  async #withService<Response>(
    service: Service,
    token: string | null,
    start: StartCall<Response>,
  ): Promise<Reply<Response>> {
    try {
      return await this.pool.withConnection(service, ({ client, metadata }) => {
        // A member that is cut off from the others then replies at once, not at the deadline.
        metadata.set("hasleader", "true");
        if (token) metadata.set("token", token);
        return this.#tracked<Response>((done) => start(client, metadata, done));
      });
    } catch (error) {
      return { code: Code.unavailable, details: (error as Error).message, sent: false };
    }
  }

  #tracked<Response>(start: (done: (reply: Reply<Response>) => void) => Cancellable): Promise<Reply<Response>> {
    return new Promise((resolve) => {
      const call = start((reply) => {
        this.#pending.delete(call);
        resolve(reply);
      });
      this.#pending.add(call);
    });
  }
}

type StartCall<Response> = (client: object, metadata: object, done: (reply: Reply<Response>) => void) => Cancellable;

/** etcd3 takes a client certificate only together with authorities. The default is Node's own list. */
function credentialsOf(tls: TlsSettings) {
  const rootCertificate = tls.ca ?? Buffer.from(rootCertificates.join("\n"));
  return { rootCertificate, ...(tls.key && { privateKey: tls.key }), ...(tls.cert && { certChain: tls.cert }) };
}

/**
 * Has grpc-js check the server's identity in each handshake: a probe alone could have met another server. etcd3 hands no such check on, but its credentials are
 * those of grpc-js, which reads the check when it connects. Throws if they are not.
 */
function checkIdentity(pool: object, server: Identity): void {
  const hosts = Reflect.get(pool, "hosts") as { channelCredentials?: { verifyOptions?: object } }[] | undefined;
  const options = hosts?.map(({ channelCredentials }) => channelCredentials?.verifyOptions) ?? [];
  if (options.length === 0) throw new Error("etcd3 has no credentials that can check who etcd is");
  for (const verifyOptions of options) {
    if (!verifyOptions) throw new Error("grpc-js has no options that can check who etcd is");
    Reflect.set(verifyOptions, "checkServerIdentity", identityCheck(server));
  }
}

/** grpc-js measures deadlines against the process's own wall clock, once, when the call starts. */
function deadlineIn(timeoutMs: number): { deadline: number } {
  return { deadline: Date.now() + timeoutMs };
}

function failed(error: ServiceError): { code: number; details: string; sent: boolean } {
  return { code: error.code ?? Code.unavailable, details: error.details || error.message, sent: true };
}
