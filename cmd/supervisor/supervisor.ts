import type { SupervisorMessage } from "../node/supervision.ts";
import type { ClusterSettings } from "../settings/cluster_settings.ts";
import { EXIT_SETTINGS } from "../settings/read/from_process.ts";
import * as announcements from "./announcements.ts";
import { nodePlans } from "./node_plan.ts";
import { type Ending, SupervisedNode } from "./supervised_node.ts";

/** A node drains for at most 25 s. One that is still running then is stuck. */
const STOP_DEADLINE_MS = 35_000;
const EXIT_BROKEN = 1;

/** Keeps the nodes of one cluster running on this machine, and writes their state for a person. */
export class Supervisor {
  readonly #settings: ClusterSettings;
  readonly #nodes: readonly SupervisedNode[];
  readonly #write: (line: string) => void;
  readonly #running = new Set<SupervisedNode>();
  readonly #done = Promise.withResolvers<number>();
  readonly #urls = new Map<SupervisedNode, string>();
  #leader = { name: "", epoch: -1 };
  #visits: bigint | null = null;
  #left = 0;
  #lost = 0;
  readonly #others = new Set<string>();
  readonly #reasons = new Map<SupervisedNode, string>();
  readonly #writtenReasons = new Set<string>();
  #stopping = false;
  #killed = false;
  #exitCode = 0;

  /** `script`: the program of a node. `write`: takes one line for people. */
  constructor(settings: ClusterSettings, script: URL, write: (line: string) => void) {
    this.#settings = settings;
    this.#write = write;
    const events = { reported: this.#onReport, restarting: this.#onRestart, ended: this.#onEnd };
    this.#nodes = nodePlans(settings).map((plan) => new SupervisedNode(plan, script, events));
  }

  /** Starts all nodes. Resolves to the exit code when all of them have ended. */
  run(): Promise<number> {
    this.#write(announcements.starting(this.#settings));
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
    if (this.#urls.size > 0) this.#write(announcements.stopping());
    // A copy: a node that ends at once removes itself from the set.
    for (const node of [...this.#running]) node.stop();
    setTimeout(() => this.kill(EXIT_BROKEN), STOP_DEADLINE_MS).unref();
  }

  /** Ends all nodes at once. The next start counts the hits in their journals. */
  kill(exitCode: number): void {
    this.#stopping = true;
    this.#killed = true;
    this.#exitCode = exitCode;
    for (const node of this.#running) node.kill();
  }

  readonly #onReport = (node: SupervisedNode, report: SupervisorMessage): void => {
    if (report.kind === "ready") this.#onReady(node, report.url);
    if (report.kind === "leader") this.#onLeader(report.name, report.epoch);
    if (report.kind === "drained") this.#onDrained(report);
    if (report.kind === "refused") this.#reasons.set(node, announcements.reasonOf(report));
  };

  #onReady(node: SupervisedNode, url: string): void {
    const before = this.#urls.size;
    const again = this.#urls.has(node);
    this.#urls.set(node, url);
    this.#write(announcements.ready(node.plan, url, again));
    const first = this.#urls.get(this.#nodes[0]!);
    const complete = this.#urls.size === this.#nodes.length && before < this.#urls.size;
    if (complete && first !== undefined) this.#write(announcements.invitation(first, this.#settings));
  }

  #onLeader(name: string, epoch: number): void {
    // Every node reports every leader, sometimes late.
    if (epoch <= this.#leader.epoch) return;
    this.#leader = { name, epoch };
    this.#write(announcements.leader(name));
  }

  #onDrained({ visits, left, kept, others }: SupervisorMessage & { readonly kind: "drained" }): void {
    const total = visits === null ? null : BigInt(visits);
    if (total !== null && (this.#visits === null || total > this.#visits)) this.#visits = total;
    if (kept) this.#left += left;
    else this.#lost += left;
    const ours = new Set(this.#nodes.map(({ plan }) => plan.name));
    for (const name of others) if (!ours.has(name)) this.#others.add(name);
  }

  readonly #onRestart = (node: SupervisedNode, how: string, delayMs: number): void => {
    this.#write(announcements.restarting(node.plan, how, delayMs));
  };

  readonly #onEnd = (node: SupervisedNode, ending: Ending): void => {
    this.#running.delete(node);
    if (ending === "broken") this.#fail(EXIT_BROKEN, announcements.broken(node.plan));
    if (ending === "refused") this.#onRefused(node);
    this.stop();
    if (this.#running.size === 0) this.#end();
  };

  #end(): void {
    const [visits, left, lost, others] = [this.#visits, this.#left, this.#lost, [...this.#others]];
    if (left + lost > 0) this.#exitCode ||= EXIT_BROKEN;
    if (this.#urls.size > 0 && !this.#killed)
      this.#write(announcements.total({ nodes: this.#nodes.length, others, visits, left, lost }));
    this.#done.resolve(this.#exitCode);
  }

  /** Writes a reason that several nodes have only once. */
  #onRefused(node: SupervisedNode): void {
    const reason = this.#reasons.get(node) ?? null;
    this.#exitCode ||= EXIT_SETTINGS;
    if (reason === null || !this.#writtenReasons.has(reason)) this.#write(announcements.refused(node.plan, reason));
    if (reason !== null) this.#writtenReasons.add(reason);
  }

  #fail(exitCode: number, why: string): void {
    this.#exitCode ||= exitCode;
    this.#write(why);
  }
}
