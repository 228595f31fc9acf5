import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterJson } from "../../internal/adapters/http/cluster_json.ts";
import { NetworkedMember } from "../adapters/etcd/partitions/networked_member.ts";
import { eventually } from "../eventually.ts";
import { needs } from "../needs.ts";
import { type Machine, Network } from "../network_namespaces.ts";
import { SCRIPT } from "./node_process.ts";

const PEER_PORT = 4001;
/** More than what asks for a node's status, less than what hands a tail over. */
const HANDOFF_BYTES = 600;
const COUNTERS = 50;
const HITS_EACH = 20;

const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** A node that leaves asks another one to take its hits, while the store is away. No answer is no yes: the hits may be nowhere else. */
describe("a node that leaves, and gets no answer when it hands its hits over", () => {
  let network: Network;
  let etcd: NetworkedMember;
  let folder = "";
  const nodes: Node[] = [];
  before(function () {
    needs(this, "etcd", "network namespaces", "curl");
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "handoff-"));
    network = new Network(3);
    etcd = new NetworkedMember(network, network.machines[2]!, [network.machines[2]!]);
    etcd.start();
    await etcd.ready();
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") for (const { output } of nodes) console.log(`---\n${output}`);
    for (const node of nodes.splice(0)) node.kill();
    await etcd.remove();
    network.remove();
    rmSync(folder, { recursive: true });
  });

  it("stays until it was answered or has committed: sent = counted, though its disk goes with it", async () => {
    const [there, here] = network.machines as [Machine, Machine];
    const receiver = new Node(network, there, folder, etcd.endpoint);
    nodes.push(receiver);
    await eventually(() => receiver.view()?.store === "ok");
    const giver = new Node(network, here, folder, etcd.endpoint);
    nodes.push(giver);
    await eventually(() => giver.view()?.store === "ok");

    await etcd.kill();
    await eventually(() => giver.view()?.store === "away");
    giver.count();
    network.loseRequests(here, there, PEER_PORT, HANDOFF_BYTES);
    const ended = giver.terminate();
    // Its machine goes with it: otherwise the kernel would go on sending what the process sent.
    void ended.then(() => network.unplug(here));
    await Promise.race([ended, eventually(() => /could not be handed off/.test(giver.output))]);
    network.heal();
    etcd.start();

    assert.equal(await ended, 0, giver.output);
    assert.equal(JSON.parse(readFileSync(giver.report, "utf8")).left, 0);
    rmSync(giver.directory, { recursive: true });
    await eventually(() => receiver.view()?.store === "ok" && receiver.committed() === COUNTERS * HITS_EACH).catch(() =>
      assert.fail(`${receiver.committed()} of ${COUNTERS * HITS_EACH} hits are counted`),
    );
  });
});

/** A node on a machine. */
class Node {
  readonly directory: string;
  readonly report: string;
  output = "";
  readonly #network: Network;
  readonly #machine: Machine;
  readonly #child: ChildProcess;

  constructor(network: Network, machine: Machine, folder: string, etcd: string) {
    this.#network = network;
    this.#machine = machine;
    this.directory = join(folder, machine.namespace);
    this.report = `${this.directory}.json`;
    const flags = {
      "--port": "4000",
      "--peer-host": machine.address,
      "--peer-port": String(PEER_PORT),
      "--max-by": String(HITS_EACH),
      "--name": machine.namespace,
      "--store": `etcd://${etcd}`,
      "--data-dir": this.directory,
      "--drain-timeout": "40s",
      "--drain-report": this.report,
      "--log": "text",
    };
    const all = ["--peer-insecure", ...Object.entries(flags).flat()];
    const [program, ...args] = network.on(machine, [process.execPath, SCRIPT, ...all]);
    this.#child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.on("data", (chunk) => {
        this.output += chunk;
      });
    alive.add(this.#child);
    this.#child.once("exit", () => alive.delete(this.#child));
  }

  /** What it shows of the cluster; null while it does not answer. */
  view(): ClusterJson | null {
    try {
      return JSON.parse(this.#curl("/v1/cluster"));
    } catch {
      return null;
    }
  }

  /** Sends hits, each of which is acknowledged. */
  count(): void {
    const path = `/v1/counters/counter-[1-${COUNTERS}]/hits`;
    const body = ["-H", "Content-Type: application/json", "-d", JSON.stringify({ by: HITS_EACH })];
    const statuses = this.#curl(path, ...body, "-o", "/dev/null", "-w", "%{http_code}\n")
      .trim()
      .split("\n");
    assert.deepEqual([...new Set(statuses)], ["200"]);
  }

  /** Hits of all counters that are committed. */
  committed(): number {
    const { counters } = JSON.parse(this.#curl("/v1/counters")) as { counters: { committed: number }[] };
    return counters.reduce((sum, { committed }) => sum + committed, 0);
  }

  /** SIGTERM. Resolves with its exit code. */
  async terminate(): Promise<number | null> {
    const closed = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    return (await closed)[0];
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #curl(path: string, ...options: readonly string[]): string {
    return this.#network.run(this.#machine, "curl", "-s", "-m", "5", ...options, `http://127.0.0.1:4000${path}`);
  }
}
