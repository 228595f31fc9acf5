import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdClient } from "../../../internal/adapters/etcd/etcd_client.ts";
import { eventually } from "../../eventually.ts";
import { freePorts } from "../../free_port.ts";
import { needs, programFile } from "../../needs.ts";

/** Bounded history, as the README asks of every etcd that a cluster counts on. */
const FLAGS = [
  "--auto-compaction-mode=periodic",
  "--auto-compaction-retention=5m",
  "--snapshot-count=1000",
  "--snapshot-catchup-entries=500",
];

export interface EtcdProcessOptions {
  /** Bytes after which etcd refuses writes. */
  readonly quotaBytes?: number;
  /** Whether it waits for its disk, as one that is measured must. Nothing in a test is to survive a power loss. */
  readonly syncs?: boolean;
  /** Operations of one transaction. */
  readonly maxOperations?: number;
  /** Paths of PEM files. With `clientCa`, clients have to show a certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
}

export function requireEtcd(context: Mocha.Context): void {
  needs(context, "etcd");
}

const leftAlone = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of leftAlone) child.kill("SIGKILL");
});

/** A real etcd, or one member of several, on free loopback ports, with its data in a temporary folder. Dies with this process. */
export class EtcdProcess {
  /** `host:port` for clients. */
  readonly endpoint: string;
  readonly #name: string;
  readonly #peers: string;
  readonly #ports: readonly number[];
  readonly #options: EtcdProcessOptions;
  readonly #clusterState: "new" | "existing";
  readonly #data = mkdtempSync(join(tmpdir(), "etcd-"));
  readonly #copy = `${this.#data}-copy`;
  #child: ChildProcess | null = null;

  /** Resolves when etcd is ready. */
  static async start(options: EtcdProcessOptions = {}): Promise<EtcdProcess> {
    const [etcd] = await EtcdProcess.startCluster(1, options);
    return etcd as EtcdProcess;
  }

  /** The members of one etcd cluster. Resolves when all are ready. */
  static async startCluster(size: number, options: EtcdProcessOptions = {}): Promise<readonly EtcdProcess[]> {
    const ports = await freePorts(3 * size);
    const peers = Array.from({ length: size }, (_, i) => `member-${i}=http://127.0.0.1:${ports[3 * i + 1]}`).join();
    const members = Array.from({ length: size }, (_, i) => {
      return new EtcdProcess(`member-${i}`, peers, ports.slice(3 * i, 3 * i + 3), options);
    });
    await Promise.all(members.map((member) => member.start()));
    return members;
  }

  /** A member without a vote that joins this one. Resolves when it answers clients. */
  async addLearner(): Promise<EtcdProcess> {
    const ports = await freePorts(3);
    const peerUrl = `http://127.0.0.1:${ports[1]}`;
    const client = new EtcdClient(this.endpoint, null);
    try {
      await client.connect(5_000);
      const request = { peerURLs: [peerUrl], isLearner: true };
      const reply = await client.send("Cluster", "memberAdd", request, null, 5_000);
      if (!("response" in reply)) throw new Error(`Cannot add a learner: ${reply.details}`);
    } finally {
      client.close();
    }
    const learner = new EtcdProcess("learner", `${this.#peers},learner=${peerUrl}`, ports, this.#options, "existing");
    await learner.start();
    return learner;
  }

  private constructor(
    name: string,
    peers: string,
    ports: readonly number[],
    options: EtcdProcessOptions,
    clusterState: "new" | "existing" = "new",
  ) {
    this.#clusterState = clusterState;
    this.#name = name;
    this.#peers = peers;
    this.#ports = ports;
    this.#options = options;
    this.endpoint = `127.0.0.1:${ports[0]}`;
  }

  /** Starts it, again if it was killed, on the same ports and data. Resolves when it is ready. */
  async start(): Promise<void> {
    const binary = programFile("etcd");
    if (!binary) throw new Error("Cannot start etcd: there is none on the PATH, and ETCD_BINARY names none");
    const child = spawn(binary, this.#arguments(), { stdio: ["ignore", "ignore", "pipe"] });
    let complaints = "";
    child.stderr.on("data", (chunk) => {
      complaints = (complaints + chunk).slice(-4_000);
    });
    this.#child = child;
    // A test that fails before it stops its etcd must not keep mocha waiting.
    child.unref();
    (child.stderr as Socket).unref();
    leftAlone.add(child);
    child.once("exit", () => leftAlone.delete(child));
    const ended = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`etcd ended with ${code} before it was ready: ${complaints}`)));
    });
    ended.catch(() => {});
    await Promise.race([ended, eventually(() => this.#ready())]);
  }

  /** SIGKILL: no goodbye, as in a crash. Resolves when the process is gone. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** SIGSTOP: it goes on holding its connections and says nothing. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** SIGCONT. */
  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Comes back with nothing in it. */
  async wipe(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true });
    await this.start();
  }

  /** Drops all revisions before the newest one. Resolves when they are gone. */
  async compact(): Promise<void> {
    const ask = async (path: string, body: object) => {
      const url = `http://${this.endpoint}/v3/kv/${path}`;
      return (await fetch(url, { method: "POST", body: JSON.stringify(body) })).text();
    };
    const { header } = JSON.parse(await ask("range", { key: "AA==" }));
    const answer = await ask("compaction", { revision: header.revision, physical: true });
    if (!/"header"|has been compacted/.test(answer)) throw new Error(`Cannot compact etcd: ${answer}`);
  }

  /** Makes a copy of its data, for `restore`. It is away meanwhile. */
  async backUp(): Promise<void> {
    await this.kill();
    cpSync(this.#data, this.#copy, { recursive: true });
    await this.start();
  }

  /** Comes back with what the copy has. */
  async restore(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true });
    renameSync(this.#copy, this.#data);
    await this.start();
  }

  /** Ends it for good and deletes its data. */
  async stop(): Promise<void> {
    this.resume();
    await this.#end("SIGKILL");
    for (const folder of [this.#data, this.#copy]) rmSync(folder, { recursive: true, force: true });
  }

  #arguments(): string[] {
    const [client, peer, metrics] = this.#ports.map((port) => `127.0.0.1:${port}`);
    const { tls, quotaBytes, maxOperations, syncs = false } = this.#options;
    const scheme = tls ? "https" : "http";
    return [
      `--name=${this.#name}`,
      `--data-dir=${this.#data}`,
      `--listen-client-urls=${scheme}://${client}`,
      `--advertise-client-urls=${scheme}://${client}`,
      `--listen-peer-urls=http://${peer}`,
      `--initial-advertise-peer-urls=http://${peer}`,
      `--initial-cluster=${this.#peers}`,
      `--initial-cluster-state=${this.#clusterState}`,
      `--listen-metrics-urls=http://${metrics}`,
      "--log-level=error",
      ...FLAGS,
      // A shared disk's syncs take longer than all the rest, and at times longer than a call may take.
      ...(syncs ? [] : ["--unsafe-no-fsync"]),
      ...(quotaBytes ? [`--quota-backend-bytes=${quotaBytes}`] : []),
      ...(maxOperations ? [`--max-txn-ops=${maxOperations}`] : []),
      ...(tls ? [`--cert-file=${tls.cert}`, `--key-file=${tls.key}`] : []),
      ...(tls?.clientCa ? [`--trusted-ca-file=${tls.clientCa}`, "--client-cert-auth"] : []),
    ];
  }

  async #ready(): Promise<boolean> {
    // One of etcd's checks is that a member is no learner.
    const check = this.#clusterState === "new" ? "readyz" : "readyz?exclude=non_learner";
    const answer = await fetch(`http://127.0.0.1:${this.#ports[2]}/${check}`).catch(() => null);
    await answer?.body?.cancel();
    return answer?.ok ?? false;
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    child.ref();
    return new Promise((resolve) => {
      child.once("exit", () => resolve());
      child.kill(signal);
    });
  }
}
