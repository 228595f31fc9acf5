import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Access } from "../../../internal/adapters/kubernetes/access.ts";
import { KubernetesClient } from "../../../internal/adapters/kubernetes/client.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import type { KubernetesApi, KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { eventually } from "../../eventually.ts";
import { freePorts } from "../../free_port.ts";
import { needs, programFile } from "../../needs.ts";
import { silentLog as log } from "../../ports/store/store_backends.ts";
import { Authority } from "../etcd/certificates.ts";
import { EtcdProcess } from "../etcd/etcd_process.ts";
import { NAMESPACES, SERVICE_ACCOUNTS } from "./resources.ts";

/** A user who may do everything. */
const ADMIN_TOKEN = "administrator-of-a-test";

export function requireApiServer(context: Mocha.Context): void {
  needs(context, "kube-apiserver", "etcd", "openssl");
}

let shared: Promise<ApiServer> | null = null;

/**
 * The one API server of this process, shared because a start takes seconds. Each suite creates namespaces of its own. A test that kills
 * the server must start it again. It ends with the process.
 */
export function sharedApiServer(): Promise<ApiServer> {
  shared ??= ApiServer.start();
  return shared;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A real kube-apiserver on its own etcd, on free loopback ports, with RBAC and tokens. No controller runs, no pod starts. Dies with this process. */
export class ApiServer {
  /** `127.0.0.1:port`. */
  readonly endpoint: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "api-server-"));
  readonly #etcd: EtcdProcess;
  readonly #port: string;
  #child: ChildProcess | null = null;
  #namespaces = 0;

  /** Resolves when it is ready. */
  static async start(): Promise<ApiServer> {
    const [[port], etcd] = await Promise.all([freePorts(1), EtcdProcess.start()]);
    const server = new ApiServer(String(port), etcd);
    await server.start();
    return server;
  }

  private constructor(port: string, etcd: EtcdProcess) {
    this.#port = port;
    this.#etcd = etcd;
    this.endpoint = `127.0.0.1:${port}`;
    folders.add(this.#folder);
    const authority = new Authority(this.#folder, "ca");
    authority.issue("server");
    authority.issue("service-accounts");
    writeFileSync(this.#file("tokens.csv"), `${ADMIN_TOKEN},admin,admin,"system:masters"\n`);
    writeFileSync(this.kubeconfig, JSON.stringify(this.#administrator()));
  }

  /** Path of a kubeconfig of somebody who may do everything. */
  get kubeconfig(): string {
    return this.#file("kubeconfig");
  }

  /** PEM of the authority that signed the server's certificate, which holds for 127.0.0.1. */
  get ca(): string {
    return readFileSync(this.#file("ca.pem"), "utf8");
  }

  /** A client with a token, the administrator's unless given, of the server or of another address. */
  api(token = ADMIN_TOKEN, endpoint = this.endpoint): KubernetesApi {
    return new KubernetesClient(this.access(token, endpoint), { clock, random, logger: log, version: "test" });
  }

  /** The access for a client, to the server or to a proxy in front of it. */
  access(token = ADMIN_TOKEN, endpoint = this.endpoint): Access {
    const credentials = { headers: { authorization: `Bearer ${token}` }, ca: this.ca };
    return { server: new URL(`https://${endpoint}`), credentials: async () => credentials };
  }

  /** A new namespace with a name that begins like this. */
  async namespace(beginning: string): Promise<string> {
    const name = `${beginning}-${++this.#namespaces}`;
    await this.api().create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    return name;
  }

  /** A new service account, which may do nothing yet, and its token. */
  async serviceAccount(namespace: string, name: string): Promise<string> {
    await this.api().create(SERVICE_ACCOUNTS, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { namespace, name },
    });
    return this.tokenOf(namespace, name);
  }

  /** A token of a service account that exists. */
  async tokenOf(namespace: string, serviceAccount: string): Promise<string> {
    const tokens = { apiVersion: "v1", plural: `serviceaccounts/${serviceAccount}/token`, namespaced: true };
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata: { name: "", namespace } };
    const { status } = await this.api().create<TokenRequest>(tokens, { ...request, spec: {} });
    return status?.token ?? "";
  }

  /** Starts it, again if it was killed, on the same port and data. Resolves when it is ready. */
  async start(): Promise<void> {
    const child = spawn(programFile("kube-apiserver") ?? "kube-apiserver", this.#arguments(), {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let complaints = "";
    child.stderr.on("data", (chunk) => {
      complaints = (complaints + chunk).slice(-4_000);
    });
    this.#child = child;
    // A test that fails before it stops its server must not keep mocha waiting.
    child.unref();
    (child.stderr as Socket).unref();
    running.add(child);
    let ended = false;
    child.once("exit", () => {
      ended = true;
      running.delete(child);
    });
    await eventually(async () => ended || (await this.#ready()), 150_000);
    if (ended) throw new Error(`kube-apiserver ended before it was ready: ${complaints}`);
  }

  /** SIGKILL: no goodbye, as in a crash. Resolves when the process is gone; its etcd runs on. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    await new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
    });
  }

  /** SIGSTOP: it keeps its connections open and sends nothing. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** SIGCONT. */
  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Ends it for good, with its etcd, and deletes everything. */
  async stop(): Promise<void> {
    this.resume();
    await this.kill();
    await this.#etcd.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #arguments(): string[] {
    return [
      `--etcd-servers=http://${this.#etcd.endpoint}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${this.#port}`,
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.0.0.0/24",
      `--tls-cert-file=${this.#file("server.pem")}`,
      `--tls-private-key-file=${this.#file("server-key.pem")}`,
      `--token-auth-file=${this.#file("tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://test.invalid",
      `--service-account-key-file=${this.#file("service-accounts.pem")}`,
      `--service-account-signing-key-file=${this.#file("service-accounts-key.pem")}`,
      // It would wait for a controller that gives every namespace its service account.
      "--disable-admission-plugins=ServiceAccount",
    ];
  }

  #administrator() {
    const cluster = { server: `https://${this.endpoint}`, "certificate-authority-data": btoa(this.ca) };
    return {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster }],
      users: [{ name: "admin", user: { token: ADMIN_TOKEN } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
      "current-context": "test",
    };
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #ready(): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = get(`https://${this.endpoint}/readyz`, { ca: this.ca, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.on("error", () => resolve(false));
      asked.setTimeout(2_000, () => asked.destroy());
    });
  }
}

interface TokenRequest extends KubernetesObject {
  readonly spec: object;
  readonly status?: { readonly token: string };
}
