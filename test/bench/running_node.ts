import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SupervisorMessage } from "../../cmd/node/supervision.ts";
import { eventually } from "./eventually.ts";
import { PinnedProcess } from "./pinned_process.ts";
import { BenchFailure } from "./row.ts";

// As in the image: a node that must remove types and compile when it starts takes 20 MB more.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "global-cluster-bench-compiled");
// As in the image, and under the supervisor.
process.env.MALLOC_ARENA_MAX ??= "2";

/** As in the image, and under the supervisor. */
const NODE_FLAGS = ["--max-semi-space-size=8", "--v8-pool-size=1"];
const SCRIPT = fileURLToPath(new URL("../../cmd/node.ts", import.meta.url));

export interface NodeOptions {
  readonly name: string;
  readonly core: number;
  readonly store: string;
  /** Its data directory; null: memory only. */
  readonly directory: string | null;
  /** A token that it takes; default: none. */
  readonly token?: string;
  readonly flags?: readonly string[];
}

/** A node as its users run it, in a process of its own. */
export class RunningNode {
  readonly name: string;
  readonly process: PinnedProcess;
  /** What a request sends to count more than others may. */
  readonly authorization: { readonly authorization?: string };
  url = "";

  /** Resolves when it serves. */
  static async start(options: NodeOptions): Promise<RunningNode> {
    const node = new RunningNode(options);
    const news = await node.process.hear(isReady);
    node.url = news.url;
    return node;
  }

  private constructor({ name, core, store, directory, token, flags: more = [] }: NodeOptions) {
    const flags = [
      "--name",
      name,
      "--port",
      "0",
      "--store",
      store,
      "--data-dir",
      directory ?? "none",
      "--log",
      "text",
      ...more,
    ];
    this.name = name;
    this.authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.process = new PinnedProcess([process.execPath, ...NODE_FLAGS, SCRIPT, ...flags], { core, ipc: true });
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

  /** The committed totals of all counters. */
  async allCommitted(): Promise<number[]> {
    const totals: number[] = [];
    let after: string | null = "";
    do {
      const answer: Response = await fetch(`${this.url}/v1/counters?limit=1000${after && `&after=${after}`}`);
      const { counters, next } = (await answer.json()) as CountersAnswer;
      totals.push(...counters.map(({ committed }) => committed));
      after = next;
    } while (after !== null);
    return totals;
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

interface CountersAnswer {
  readonly counters: readonly { readonly committed: number }[];
  readonly next: string | null;
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

function isReady(message: unknown): message is SupervisorMessage & { readonly kind: "ready" } {
  return (message as SupervisorMessage).kind === "ready";
}
