import { eventually } from "./eventually.ts";
import { isReady, nodeOfImage } from "./image_program.ts";
import { PinnedProcess } from "./pinned_process.ts";
import { BenchFailure } from "./row.ts";

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

/** A node as the image runs it, in a process of its own. */
export class RunningNode {
  readonly name: string;
  readonly process: PinnedProcess;
  /** What a request sends to count more than others may. */
  readonly authorization: { readonly authorization?: string };
  url = "";

  /** Resolves when it serves. */
  static async start(options: NodeOptions): Promise<RunningNode> {
    const node = new RunningNode(await nodeOfImage(), options);
    const news = await node.process.hear(isReady);
    node.url = news.url;
    return node;
  }

  private constructor(program: readonly string[], options: NodeOptions) {
    const { name, core, store, directory, token, flags: more = [] } = options;
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
    this.process = new PinnedProcess([...program, ...flags], { core, ipc: true });
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
