import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Membership } from "../../../internal/core/etcd_member/member.ts";
import { eventually } from "../../eventually.ts";
import { freePorts } from "../../free_port.ts";
import { programFile } from "../../needs.ts";

const PROGRAM = new URL("../../../cmd/etcd_member.ts", import.meta.url).pathname;

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The members of one managed etcd on loopback addresses of their own, each prepared by the real program. */
export class TestMembers {
  readonly all: readonly TestMember[];
  readonly #folder: string;

  static async make(count: 1 | 3): Promise<TestMembers> {
    return new TestMembers(mkdtempSync(join(tmpdir(), "members-")), await freePorts(4), count);
  }

  private constructor(folder: string, ports: readonly number[], count: number) {
    this.#folder = folder;
    const [x, y] = [ports[0] as number, ports[1] as number].map((port) => port % 250);
    const hosts = ["a", "b", "c"].slice(0, count).map((name, i) => ({ name, host: `127.${x}.${y}.${i + 1}` }));
    this.all = hosts.map(({ name, host }) => new TestMember(join(folder, name), { name, host, ports, hosts }));
  }

  /** Prepares and starts all at once; resolves when all are ready. */
  async up(): Promise<void> {
    await Promise.all(this.all.map((member) => member.up()));
  }

  async kill(): Promise<void> {
    await Promise.all(this.all.map((member) => member.kill()));
  }

  /** Ends everything and deletes the disks. */
  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

interface Place {
  readonly name: string;
  readonly host: string;
  /** For clients, for other members, for metrics, for probes. */
  readonly ports: readonly number[];
  readonly hosts: readonly { readonly name: string; readonly host: string }[];
}

export interface Prepared {
  readonly code: number | null;
  /** What it said. */
  readonly log: string;
}

/** Paths of PEM files. */
export interface MemberFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export class TestMember {
  /** Null: without TLS. It takes effect with the next preparation. */
  tls: MemberFiles | null = null;
  readonly volume: string;
  readonly #folder: string;
  readonly #place: Place;
  readonly #children = new Set<ChildProcess>();
  /** What the preparation that runs, or ran last, has said. */
  log = "";

  constructor(folder: string, place: Place) {
    this.#folder = folder;
    this.#place = place;
    this.volume = join(folder, "volume");
    // As a fresh volume has it.
    mkdirSync(join(this.volume, "lost+found"), { recursive: true });
  }

  get name(): string {
    return this.#place.name;
  }

  /** `host:port` of its client port. */
  get endpoint(): string {
    return `${this.#place.host}:${this.#place.ports[0]}`;
  }

  get membership(): Membership {
    const { hosts, ports, name } = this.#place;
    const all = hosts.map((one) => ({
      name: one.name,
      peerUrl: `${this.#scheme}//${one.host}:${ports[1]}`,
      clientUrl: `${this.#scheme}//${one.host}:${ports[0]}`,
    }));
    return { all, me: all.find((one) => one.name === name) as Membership["me"] };
  }

  /** Runs the init container's program to its end. */
  async prepare(): Promise<Prepared> {
    const { name, host, hosts, ports } = this.#place;
    const flags = {
      name,
      host,
      members: hosts.map((one) => `${one.name}=${one.host}`).join(),
      "client-port": ports[0],
      "peer-port": ports[1],
      "metrics-port": ports[2],
      "ready-port": ports[3],
      ...(this.tls && { "tls-ca": this.tls.ca, "tls-cert": this.tls.cert, "tls-key": this.tls.key }),
      "data-dir": this.volume,
      config: this.#config,
      quota: "64MiB",
      log: "text",
    };
    const child = this.#spawn(process.execPath, [
      PROGRAM,
      ...Object.entries(flags).map(([key, value]) => `--${key}=${value}`),
    ]);
    this.log = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (this.log += chunk));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, log: this.log };
  }

  /** Starts etcd as it was prepared, and with these lines in its configuration. */
  start(more = ""): void {
    // Nothing here is to survive a power loss, and a shared disk's syncs take longer than all the rest.
    appendFileSync(this.#config, `unsafe-no-fsync: true\nlog-level: "error"\n${more}`);
    this.#spawn(programFile("etcd") ?? "etcd", [`--config-file=${this.#config}`]);
  }

  /** Prepares it and starts etcd; resolves when it is one of a quorum. */
  async up(): Promise<Prepared> {
    const prepared = await this.prepare();
    if (prepared.code !== 0) throw new Error(`preparing ${this.name} ended with ${prepared.code}: ${prepared.log}`);
    this.start();
    await this.ready();
    return prepared;
  }

  async ready(): Promise<void> {
    await eventually(() =>
      this.#get("readyz").then(
        () => true,
        () => false,
      ),
    );
  }

  /** SIGKILL to its etcd or its preparation. */
  async kill(): Promise<void> {
    const gone = [...this.#children].map((child) => new Promise((resolve) => child.once("exit", resolve)));
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.all(gone);
  }

  async loseDisk(): Promise<void> {
    await this.kill();
    rmSync(this.volume, { recursive: true });
    mkdirSync(this.volume);
  }

  /** Writes one key. Throws if it is not acknowledged. */
  async put(key: string, value: string): Promise<void> {
    await this.#post("kv/put", { key: btoa(key), value: btoa(value) });
  }

  /** How many keys this member itself has: etcd tells that before it serves clients, which a new member does after seven seconds. */
  async keys(): Promise<number> {
    const text = await this.#get("metrics");
    return Number(/^etcd_debugging_mvcc_keys_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
  }

  /** Ids of the cluster's members by their names; waits for a quorum. */
  async ids(): Promise<ReadonlyMap<string, string>> {
    const list = () => this.#post("cluster/member/list", { linearizable: true }).catch(() => null);
    const { members } = (await eventually(list)) as { members: { ID: string; name?: string }[] };
    return new Map(members.map(({ ID, name = "" }) => [name, ID]));
  }

  /**
   * Waits until the others are long enough together: etcd refuses to remove a member of a cluster that it takes for unhealthy, or that elects
   * a leader.
   */
  async removeMember(id: string): Promise<void> {
    const removed = () => this.#post("cluster/member/remove", { ID: id }).then(() => true, isRemoved);
    await eventually(removed);
  }

  /** `host:port` for other members. */
  get peerEndpoint(): string {
    return `${this.#place.host}:${this.#place.ports[1]}`;
  }

  /** `host:port` for probes, with TLS. */
  get readyEndpoint(): string {
    return `${this.#place.host}:${this.#place.ports[3]}`;
  }

  get #scheme(): string {
    return this.tls ? "https:" : "http:";
  }

  get #config(): string {
    return join(this.#folder, "etcd.yaml");
  }

  async #get(path: string): Promise<string> {
    const answer = await fetch(`http://${this.#place.host}:${this.#place.ports[2]}/${path}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} of ${this.name}: ${answer.status} ${text}`);
    return text;
  }

  async #post(path: string, body: object): Promise<unknown> {
    const request = { method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(20_000) };
    const answer = await fetch(`http://${this.endpoint}/v3/${path}`, request);
    if (!answer.ok) throw new Error(`${path} of ${this.name}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout?.resume();
    child.stderr?.resume();
    running.add(child);
    this.#children.add(child);
    child.once("exit", () => {
      running.delete(child);
      this.#children.delete(child);
    });
    return child;
  }
}

/** An earlier request may have removed it without an answer. */
function isRemoved(error: Error): boolean {
  if (/member not found/i.test(error.message)) return true;
  if (/unhealthy cluster|no leader|leader changed|timed out|timeout/i.test(error.message)) return false;
  throw error;
}
