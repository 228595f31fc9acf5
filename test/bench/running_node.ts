import { fileURLToPath } from "node:url";
import type { NodeNews } from "../../cmd/supervision.ts";
import { eventually } from "./eventually.ts";
import { PinnedProcess } from "./pinned_process.ts";
import { BenchFailure } from "./row.ts";

const SCRIPT = fileURLToPath(new URL("../../cmd/node.ts", import.meta.url));

export interface NodeOptions {
  readonly name: string;
  readonly core: number;
  readonly store: string;
  /** Its data directory; null: memory only. */
  readonly directory: string | null;
}

/** A node as its users run it, in a process of its own. */
export class RunningNode {
  readonly name: string;
  readonly process: PinnedProcess;
  url = "";

  /** Resolves when it serves. */
  static async start(options: NodeOptions): Promise<RunningNode> {
    const node = new RunningNode(options);
    const news = await node.process.hear(isReady);
    node.url = news.url;
    return node;
  }

  private constructor({ name, core, store, directory }: NodeOptions) {
    const flags = ["--name", name, "--port", "0", "--store", store, "--data-dir", directory ?? "none", "--log", "text"];
    this.name = name;
    this.process = new PinnedProcess([process.execPath, SCRIPT, ...flags], { core, ipc: true });
  }

  /** Counts `by` hits. With `wait`, resolves after the transaction that holds them. */
  async hit(counter: string, { by = 1, wait = false } = {}): Promise<void> {
    const query = wait ? "?wait=committed" : "";
    const body = JSON.stringify({ by });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${this.url}/v1/counters/${counter}/hits${query}`, { method: "POST", headers, body });
    const text = await answer.text();
    if (!answer.ok) throw new BenchFailure(`${this.name} answered ${answer.status} to a hit: ${text}`);
  }

  /** The committed total, as this node shows it. */
  async committed(counter: string): Promise<number> {
    const answer = await fetch(`${this.url}/v1/counters/${counter}`);
    const { committed } = (await answer.json()) as { committed?: number | null };
    return committed ?? 0;
  }

  async cluster(): Promise<ClusterAnswer> {
    return (await (await fetch(`${this.url}/v1/cluster`)).json()) as ClusterAnswer;
  }

  /** The value of one metric, with its labels as they are written. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split("\n").find((line) => line.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? 0);
  }

  /** Waits until every hit is committed. Throws BenchFailure unless that makes `hits`, exactly. */
  async mustHaveCounted(counter: string, hits: number): Promise<void> {
    await eventually(`${this.name} shows all of ${counter}`, async () => (await this.committed(counter)) >= hits);
    await eventually("nothing is pending", async () => (await this.cluster()).pending === 0);
    const counted = await this.committed(counter);
    if (counted !== hits)
      throw new BenchFailure(`${hits} hits of ${counter} were acknowledged, ${counted} were counted`);
  }

  /** Lets it drain. */
  async stop(): Promise<void> {
    await this.process.end("SIGTERM");
  }
}

export interface ClusterAnswer {
  /** Id of the node that answers. */
  readonly node: string;
  readonly leader: string | null;
  readonly epoch: number;
  readonly version: number | null;
  readonly store: string;
  /** Over all nodes. */
  readonly pending: number;
  readonly nodes: readonly { readonly id: string; readonly name: string; readonly state: string }[];
}

function isReady(message: unknown): message is NodeNews & { readonly kind: "ready" } {
  return (message as NodeNews).kind === "ready";
}
