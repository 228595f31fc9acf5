import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

/** Names begin with this and the number of the process that made them. */
const PREFIX = "gc-test-";
const NAMESPACES = "/var/run/netns";

let networks = 0;
const left = new Set<Network>();
process.once("exit", () => {
  for (const network of left) network.remove();
});

/** A machine of a `Network`. */
export interface Machine {
  readonly address: string;
  /** Name of its network namespace. */
  readonly namespace: string;
}

/**
 * Machines that reach each other through one bridge and nothing else: each is a network namespace, and so is the bridge. Its links can be
 * cut, also in one direction, and lose only large packets. Needs root. It ends with this process.
 */
export class Network {
  readonly machines: readonly Machine[];
  readonly #hub: string;

  constructor(size: number) {
    removeLeftOvers();
    const name = `${PREFIX}${process.pid}-${networks++}`;
    this.#hub = `${name}-hub`;
    this.machines = Array.from({ length: size }, (_, at) => ({
      address: `10.77.0.${at + 1}`,
      namespace: `${name}-${at}`,
    }));
    left.add(this);
    ip("netns", "add", this.#hub);
    ip("-n", this.#hub, "link", "add", "bridge0", "type", "bridge");
    ip("-n", this.#hub, "link", "set", "bridge0", "up");
    for (const [at, machine] of this.machines.entries()) this.#connect(machine, `port${at}`);
  }

  /** The command that runs `command` on `machine`, in the same process. */
  on(machine: Machine, command: readonly string[]): [string, ...string[]] {
    return ["ip", "netns", "exec", machine.namespace, ...command];
  }

  /** Runs `command` on `machine`, and has what it wrote. Throws if it fails. */
  run(machine: Machine, ...command: readonly string[]): string {
    const [program, ...args] = this.on(machine, command);
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  }

  /** Nothing that `from` sends arrives at `to`. The other direction is as it was. */
  cutOneWay(from: Machine, to: Machine): void {
    this.run(to, "iptables", "-A", "INPUT", "-s", from.address, "-j", "DROP");
  }

  cut(one: Machine, other: Machine): void {
    this.cutOneWay(one, other);
    this.cutOneWay(other, one);
  }

  /** Nothing passes between `machine` and the others. */
  isolate(machine: Machine): void {
    for (const other of this.machines) if (other !== machine) this.cut(machine, other);
  }

  /** What `from` answers to `to` at `port` is lost if it is `bytes` or more. What a connection begins with is less. */
  loseAnswers(from: Machine, to: Machine, port: number, bytes: number): void {
    this.#loseLarge(from, to, "--sport", port, bytes);
  }

  /** What `from` asks of `to` at `port` is lost if it is `bytes` or more. */
  loseRequests(from: Machine, to: Machine, port: number, bytes: number): void {
    this.#loseLarge(from, to, "--dport", port, bytes);
  }

  /** Takes `machine` from the network for good. */
  unplug({ namespace }: Machine): void {
    ip("-n", namespace, "link", "del", "eth0");
  }

  /** Everything arrives again, but at machines that were unplugged. */
  heal(): void {
    for (const machine of this.machines) this.run(machine, "iptables", "-F");
  }

  /** Processes on it lose their network. */
  remove(): void {
    left.delete(this);
    for (const namespace of [this.#hub, ...this.machines.map(({ namespace }) => namespace)])
      spawnSync("ip", ["netns", "del", namespace]);
  }

  #loseLarge(from: Machine, to: Machine, end: "--sport" | "--dport", port: number, bytes: number): void {
    const packets = ["-s", from.address, "-p", "tcp", end, String(port), "-m", "length", "--length", `${bytes}:`];
    this.run(to, "iptables", "-A", "INPUT", ...packets, "-j", "DROP");
  }

  #connect({ address, namespace }: Machine, port: string): void {
    ip("netns", "add", namespace);
    ip("-n", namespace, "link", "set", "lo", "up");
    ip("-n", namespace, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", this.#hub);
    ip("-n", this.#hub, "link", "set", port, "master", "bridge0", "up");
    ip("-n", namespace, "address", "add", `${address}/24`, "dev", "eth0");
    ip("-n", namespace, "link", "set", "eth0", "up");
  }
}

/** Whether this machine lets us make such networks. */
export function canPartition(): boolean {
  if (spawnSync("ip", ["netns", "list"]).status !== 0) return false;
  try {
    const network = new Network(2);
    try {
      network.loseAnswers(network.machines[0]!, network.machines[1]!, 2379, 400);
    } finally {
      network.remove();
    }
    return true;
  } catch {
    return false;
  }
}

/** Of processes that were killed before they could remove theirs. */
function removeLeftOvers(): void {
  const names = spawnSync("ip", ["netns", "list"]).status === 0 ? namespaces() : [];
  for (const name of names) {
    const pid = Number(name.slice(PREFIX.length).split("-")[0]);
    if (!isAlive(pid)) spawnSync("ip", ["netns", "del", name]);
  }
}

function namespaces(): string[] {
  try {
    return readdirSync(NAMESPACES).filter((name) => name.startsWith(PREFIX));
  } catch {
    // The folder is made with the first namespace.
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}
