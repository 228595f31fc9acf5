import type { ClusterSettings } from "../settings/cluster_settings.ts";
import { EXIT_SETTINGS } from "../settings/from_process.ts";
import type { NodeNews } from "../supervision.ts";
import * as announcements from "./announcements.ts";
import { nodePlans } from "./node_plan.ts";
import { type Ending, SupervisedNode } from "./supervised_node.ts";

/** A node drains for 25 s at most; one that has not left by then never will. */
const STOP_DEADLINE_MS = 35_000;
const EXIT_BROKEN = 1;

/** Keeps the nodes of one cluster running on this machine, and tells a person how they are. */
export class Supervisor {
  readonly #settings: ClusterSettings;
  readonly #nodes: readonly SupervisedNode[];
  readonly #say: (line: string) => void;
  readonly #running = new Set<SupervisedNode>();
  readonly #done = Promise.withResolvers<number>();
  readonly #urls = new Map<SupervisedNode, string>();
  #leader = { name: "", epoch: -1 };
  #visits: bigint | null = null;
  #left = 0;
  #lost = 0;
  readonly #others = new Set<string>();
  readonly #reasons = new Map<SupervisedNode, string>();
  readonly #saidReasons = new Set<string>();
  #stopping = false;
  #killed = false;
  #exitCode = 0;

  /** `script` is what a node runs; each call of `say` is one line for people. */
  constructor(settings: ClusterSettings, script: URL, say: (line: string) => void) {
    this.#settings = settings;
    this.#say = say;
    const events = { news: this.#news, died: this.#died, left: this.#gone };
    this.#nodes = nodePlans(settings).map((plan) => new SupervisedNode(plan, script, events));
  }

  /** Starts all nodes. Resolves with the exit code when all of them have left. */
  run(): Promise<number> {
    this.#say(announcements.starting(this.#settings));
    for (const node of this.#nodes) {
      this.#running.add(node);
      node.start();
    }
    return this.#done.promise;
  }

  /** Drains all nodes. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#urls.size > 0) this.#say(announcements.stopping());
    // Nodes that leave remove themselves from the set while it is walked.
    for (const node of [...this.#running]) node.stop();
    setTimeout(() => this.kill(EXIT_BROKEN), STOP_DEADLINE_MS).unref();
  }

  /** Ends all nodes at once; what their journals hold is counted after the next start. */
  kill(exitCode: number): void {
    this.#stopping = true;
    this.#killed = true;
    this.#exitCode = exitCode;
    for (const node of this.#running) node.kill();
  }

  readonly #news = (node: SupervisedNode, news: NodeNews): void => {
    if (news.kind === "ready") this.#ready(node, news.url);
    if (news.kind === "leader") this.#led(news.name, news.epoch);
    if (news.kind === "drained") this.#drained(news);
    if (news.kind === "refused") this.#reasons.set(node, announcements.reasonOf(news));
  };

  #ready(node: SupervisedNode, url: string): void {
    const before = this.#urls.size;
    const again = this.#urls.has(node);
    this.#urls.set(node, url);
    this.#say(announcements.ready(node.plan, url, again));
    const first = this.#urls.get(this.#nodes[0]!);
    const complete = this.#urls.size === this.#nodes.length && before < this.#urls.size;
    if (complete && first !== undefined) this.#say(announcements.invitation(first, this.#settings));
  }

  #led(name: string, epoch: number): void {
    // Every node reports every leader, some of them late.
    if (epoch <= this.#leader.epoch) return;
    this.#leader = { name, epoch };
    this.#say(announcements.leads(name));
  }

  #drained({ visits, left, kept, others }: NodeNews & { readonly kind: "drained" }): void {
    const total = visits === null ? null : BigInt(visits);
    if (total !== null && (this.#visits === null || total > this.#visits)) this.#visits = total;
    if (kept) this.#left += left;
    else this.#lost += left;
    const ours = new Set(this.#nodes.map(({ plan }) => plan.name));
    for (const name of others) if (!ours.has(name)) this.#others.add(name);
  }

  readonly #died = (node: SupervisedNode, how: string, delay: number): void => {
    this.#say(announcements.died(node.plan, how, delay));
  };

  readonly #gone = (node: SupervisedNode, ending: Ending): void => {
    this.#running.delete(node);
    if (ending === "broken") this.#fail(EXIT_BROKEN, announcements.broken(node.plan));
    if (ending === "refused") this.#refused(node);
    this.stop();
    if (this.#running.size === 0) this.#end();
  };

  #end(): void {
    const [visits, left, lost, others] = [this.#visits, this.#left, this.#lost, [...this.#others]];
    if (left + lost > 0) this.#exitCode ||= EXIT_BROKEN;
    if (this.#urls.size > 0 && !this.#killed)
      this.#say(announcements.total({ nodes: this.#nodes.length, others, visits, left, lost }));
    this.#done.resolve(this.#exitCode);
  }

  /** Nodes that cannot run for the same reason say it once. */
  #refused(node: SupervisedNode): void {
    const reason = this.#reasons.get(node) ?? null;
    this.#exitCode ||= EXIT_SETTINGS;
    if (reason === null || !this.#saidReasons.has(reason)) this.#say(announcements.refused(node.plan, reason));
    if (reason !== null) this.#saidReasons.add(reason);
  }

  #fail(exitCode: number, why: string): void {
    this.#exitCode ||= exitCode;
    this.#say(why);
  }
}
