import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../../eventually.ts";
import { programFile } from "../../../needs.ts";
import type { Machine, Network } from "../../../network_namespaces.ts";

/** Of each member, for its clients. */
export const CLIENT_PORT = 2379;
const PEER_PORT = 2380;

const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** A member of etcd on a machine of its own, one of those on `machines`. They elect a new leader within a second. */
export class NetworkedMember {
  readonly machine: Machine;
  /** `host:port` for clients. */
  readonly endpoint: string;
  readonly #network: Network;
  readonly #machines: readonly Machine[];
  // In memory where that is possible: a killed process loses nothing of it.
  readonly #data = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "etcd-"));
  #child: ChildProcess | null = null;

  constructor(network: Network, machine: Machine, machines: readonly Machine[] = network.machines) {
    this.#network = network;
    this.#machines = machines;
    this.machine = machine;
    this.endpoint = `${machine.address}:${CLIENT_PORT}`;
  }

  /** Starts it, again if it was killed, with the same data. */
  start(): void {
    const [program, ...args] = this.#network.on(this.machine, [programFile("etcd") ?? "etcd", ...this.#arguments()]);
    const child = spawn(program, args, { stdio: "ignore" });
    alive.add(child);
    child.once("exit", () => alive.delete(child));
    this.#child = child;
  }

  get runs(): boolean {
    return this.#child !== null;
  }

  /** Resolves when it knows a leader. */
  async ready(): Promise<void> {
    await eventually(() => this.#status()?.leader !== undefined);
  }

  /** Whether it says that it leads the others. */
  leads(): boolean {
    const status = this.#status();
    return status?.leader !== undefined && status.leader === status.header.member_id;
  }

  /** SIGSTOP: its connections stay open, and it says nothing. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** SIGCONT. */
  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** SIGKILL. Resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Ends it for good and deletes its data. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true });
  }

  #status(): { readonly header: { readonly member_id: string }; readonly leader?: string } | null {
    const url = `http://127.0.0.1:${CLIENT_PORT}/v3/maintenance/status`;
    try {
      return JSON.parse(this.#network.run(this.machine, "curl", "-s", "-m", "2", "-d", "{}", url));
    } catch {
      return null;
    }
  }

  #arguments(): string[] {
    const peers = this.#machines.map((machine) => `${nameOf(machine)}=http://${machine.address}:${PEER_PORT}`);
    const { address } = this.machine;
    return [
      `--name=${nameOf(this.machine)}`,
      `--data-dir=${this.#data}`,
      `--listen-client-urls=http://${address}:${CLIENT_PORT},http://127.0.0.1:${CLIENT_PORT}`,
      `--advertise-client-urls=http://${address}:${CLIENT_PORT}`,
      `--listen-peer-urls=http://${address}:${PEER_PORT}`,
      `--initial-advertise-peer-urls=http://${address}:${PEER_PORT}`,
      `--initial-cluster=${peers.join()}`,
      "--heartbeat-interval=100",
      "--election-timeout=500",
      "--log-level=error",
      "--unsafe-no-fsync",
    ];
  }
}

function nameOf(machine: Machine): string {
  return machine.address;
}
