import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterJson } from "../../internal/adapters/http/cluster_json.ts";
import { freePort } from "../free_port.ts";
import { Load, type Sent } from "./load.ts";
import { NodeProcess } from "./node_process.ts";

/** After the last fault: a leader key may have to run out, and a node may knock with pauses of up to 8 s. */
const HEALED_MS = 90_000;

/** So that the load may count three hits at once. */
const MAX_BY = ["--max-by", "triples=3"];

export interface ClusterOptions {
  readonly nodes?: number;
  /** What nodes are told besides; a function is asked for each node. */
  readonly flags?: readonly string[] | ((name: string) => readonly string[]);
  /** Flags of Node.js itself. */
  readonly nodeFlags?: readonly string[];
  /** `--store`; default: SQLite in the cluster's folder. */
  readonly store?: string;
}

type Maybe<T> = T | null | undefined | false;

/** Committed totals by counter. */
export type Totals = Record<string, number>;

interface Agreement {
  /** As JSON. */
  readonly totals: string;
  /** Milliseconds since 1970 of the round that said so. */
  readonly asOf: number;
}

/** Real nodes on this machine, with load on them, and an account of what was acknowledged. */
export class RealCluster {
  /** Deleted at the end. */
  readonly folder = mkdtempSync(join(tmpdir(), "processes-"));
  readonly nodes: NodeProcess[] = [];
  readonly load = new Load(() => this.nodes.filter(({ routed }) => routed));
  readonly store: string;
  readonly #options: ClusterOptions;

  /** Resolves when all nodes serve and one leads. */
  static async start(options: ClusterOptions = {}): Promise<RealCluster> {
    const cluster = new RealCluster(options);
    try {
      for (let i = 0; i < (options.nodes ?? 3); i++) await cluster.newNode();
      await cluster.startAll();
      await cluster.leader();
      return cluster;
    } catch (error) {
      await cluster.end(true);
      throw error;
    }
  }

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
    this.store = options.store ?? `sqlite:${this.storeFile}`;
  }

  get storeFile(): string {
    return join(this.folder, "store.sqlite");
  }

  /** Another node, which still has to be started. */
  async newNode(): Promise<NodeProcess> {
    const node = this.nodeAt(await freePort(), `n${this.nodes.length + 1}`);
    this.nodes.push(node);
    return node;
  }

  /** A node that is none of the cluster's yet. */
  nodeAt(port: number, name: string): NodeProcess {
    const { flags = [] } = this.#options;
    const more = typeof flags === "function" ? flags(name) : flags;
    const usual = { "--store": this.store, "--data-dir": join(this.folder, name), "--region": `region-${name}` };
    // A flag that is given twice is refused.
    const left = Object.entries(usual).filter(([flag]) => !more.includes(flag));
    const newer = more.includes("--max-by") ? [] : MAX_BY;
    const node = new NodeProcess(name, port, [...left.flat(), ...more], newer);
    node.nodeFlags = this.#options.nodeFlags ?? [];
    return node;
  }

  get running(): NodeProcess[] {
    return this.nodes.filter(({ running }) => running);
  }

  /** Starts every node that does not run. */
  async startAll(): Promise<void> {
    await Promise.all(this.nodes.filter(({ running }) => !running).map((node) => node.start()));
  }

  /** Who leads, once all of `among` say the same. */
  async leader(among: readonly NodeProcess[] = this.running): Promise<NodeProcess> {
    return this.until("all nodes follow one leader", async () => {
      const views = await Promise.all(among.map((node) => node.view()));
      const led = views.every((view) => view !== null && view.epoch === views[0]?.epoch && view.store === "ok");
      const at = views.findIndex((view) => view?.node === view?.leader);
      return led && at >= 0 && among[at];
    });
  }

  async followers(): Promise<NodeProcess[]> {
    const leader = await this.leader();
    return this.running.filter((node) => node !== leader);
  }

  /** Until this many more hits were acknowledged than now. */
  async acknowledged(more: number): Promise<void> {
    const enough = this.load.total("acknowledged") + more;
    await this.until(`${more} more hits are acknowledged`, () => this.load.total("acknowledged") >= enough);
  }

  /** The one equation: everything acknowledged is committed once, and nothing else but what nobody can tell. Stops the load. */
  async assertExact(options: { readonly lost?: Totals; readonly imported?: Totals } = {}): Promise<void> {
    await this.load.stop();
    const totals = await this.healed();
    for (const [counter, sent] of this.load.sent) {
      const { acknowledged, unanswered } = sent;
      const total = (totals[counter] ?? 0) + (options.lost?.[counter] ?? 0) - (options.imported?.[counter] ?? 0);
      const account = `${counter}: ${total} counted of ${words(sent)}`;
      assert.ok(total >= acknowledged, `lost ${acknowledged - total}: ${account}`);
      assert.ok(total <= acknowledged + unanswered, `${total - acknowledged - unanswered} too many: ${account}`);
    }
    assert.deepEqual(this.load.wrong, []);
    assert.ok(this.load.total("acknowledged") > 0, "there was load");
  }

  /** Waits until all running nodes agree that nothing is pending, and a later round found nothing more. Resolves to the totals. */
  async healed(): Promise<Totals> {
    let quietSince: Agreement | null = null;
    return this.until(
      "all is committed, and stays as it is",
      async () => {
        const state = await this.#agreed();
        if (state === null || state.totals !== quietSince?.totals) quietSince = state;
        return state && quietSince && state.asOf > quietSince.asOf && (JSON.parse(state.totals) as Totals);
      },
      HEALED_MS,
    );
  }

  /** Asks again and again until `condition` gives something, and resolves to that. */
  async until<T>(what: string, condition: () => Maybe<T> | Promise<Maybe<T>>, withinMs = 60_000): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const result = await condition();
      if (result !== null && result !== undefined && result !== false) return result;
      if (performance.now() > deadline) throw new Error(`waited in vain: ${what}\n${await this.#words()}`);
      await sleep(50);
    }
  }

  /** Kills whatever is left. After a failure, prints what the nodes wrote. */
  async end(failed: boolean): Promise<void> {
    await Promise.all(this.running.map((node) => node.kill()));
    await this.load.stop();
    rmSync(this.folder, { recursive: true, force: true });
    if (failed) for (const { name, output } of this.nodes) console.log(`--- ${name}\n${output}`);
  }

  async #words(): Promise<string> {
    const views = await Promise.all(this.nodes.map((node) => node.view()));
    const accounts = [...this.load.sent].map(([counter, sent]) => `${counter}: ${words(sent)}`);
    return [...views.map((view) => JSON.stringify(view)), ...accounts].join("\n");
  }

  /** What all running nodes show alike when nothing is left to do; null when they do not. */
  async #agreed(): Promise<Agreement | null> {
    const views = await Promise.all(this.running.map((node) => node.view()));
    const first = views[0];
    if (!first || !views.every((view) => view && isSettled(view, first))) return null;
    if (!(await Promise.all(this.running.map(hasAllCounters))).every(Boolean)) return null;
    const shown = await Promise.all(this.running.map((node) => totalsOf(node)));
    const totals = JSON.stringify(shown[0]);
    if (shown.some((other) => JSON.stringify(other) !== totals)) return null;
    return { totals, asOf: Date.parse(first.asOf ?? "") };
  }
}

/** The state of the store that each running node shows. */
export async function storeStates(cluster: RealCluster): Promise<string[]> {
  const views = await Promise.all(cluster.running.map((node) => node.view()));
  return views.map((view) => view?.store ?? "no answer");
}

/** False while a node that has just started gets its copy of all totals. */
async function hasAllCounters({ url }: NodeProcess): Promise<boolean> {
  return (await fetch(`${url}/v1/counters?limit=1`, { signal: AbortSignal.timeout(10_000) })).status !== 503;
}

/** Committed totals as this node shows them. */
export async function totalsOf(node: NodeProcess): Promise<Totals> {
  const { counters } = (await node.get("/v1/counters")) as {
    counters: { counter: string; committed: number; regions: Record<string, number> }[];
  };
  for (const { counter, committed, regions } of counters) {
    const sum = Object.values(regions).reduce((sum, total) => sum + total, 0);
    assert.equal(sum, committed, `the regions of ${counter} add up`);
  }
  return Object.fromEntries(counters.map(({ counter, committed }) => [counter, committed]));
}

/** By counter, the most that any running node shows as committed. */
export async function committedIn(cluster: RealCluster): Promise<Totals> {
  const most: Totals = {};
  for (const totals of await Promise.all(cluster.running.map(totalsOf)))
    for (const [counter, total] of Object.entries(totals)) most[counter] = Math.max(most[counter] ?? 0, total);
  return most;
}

export function words({ acknowledged, refused, unanswered }: Sent): string {
  return `${acknowledged} acknowledged, ${refused} refused, ${unanswered} unanswered`;
}

function isSettled(view: ClusterJson, other: ClusterJson): boolean {
  const own = view.nodes.find(({ id }) => id === view.node);
  const same = view.epoch === other.epoch && view.version === other.version && view.ledger === other.ledger;
  return same && view.store === "ok" && own?.state === "counting" && own.pending === 0;
}
