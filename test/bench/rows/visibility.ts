import { setTimeout as sleep } from "node:timers/promises";
import type { NodeProcess } from "../../processes/node_process.ts";
import { RealCluster, totalsOf } from "../../processes/real_cluster.ts";
import { eventually } from "../eventually.ts";
import { BenchFailure, type Effort, type Row } from "../row.ts";
import { quantile } from "../spread.ts";

const GOAL_MS = 1_200;
/** Counters that are hit independently of each other, each one hit at a time. */
const LANES = 12;
const INTERVAL_MS = 1_000;
const LOOK_EVERY_MS = 15;

/** From the moment when a hit is sent to one node until all the others show it, at random phases of the rounds. */
export const visibility: Row = {
  name: "visibility",
  async run(effort) {
    const cluster = await RealCluster.start();
    try {
      return [lineOf(await measured(cluster, effort))];
    } finally {
      await cluster.end(false);
    }
  },
};

async function measured(cluster: RealCluster, { smoke }: Effort): Promise<number[]> {
  const eyes = cluster.nodes.map((node) => new Eye(node));
  const perLane = smoke ? 2 : 17;
  const lanes = Array.from({ length: LANES }, (_, lane) => hitLane(eyes, lane, perLane));
  const times = (await Promise.all(lanes)).flat();
  for (const eye of eyes) await eye.close();
  const totals = await cluster.healed();
  const wrong = Object.entries(totals).find(([, total]) => total !== perLane);
  if (wrong || Object.keys(totals).length !== LANES) {
    throw new BenchFailure(`${perLane} hits each of ${LANES} counters were acknowledged: ${JSON.stringify(totals)}`);
  }
  return times;
}

async function hitLane(eyes: readonly Eye[], lane: number, hits: number): Promise<number[]> {
  const counter = `lane-${lane}`;
  const times: number[] = [];
  for (let hit = 1; hit <= hits; hit++) {
    await sleep(Math.random() * INTERVAL_MS);
    const at = eyes[(lane + hit) % eyes.length]!;
    const began = performance.now();
    const answer = await fetch(`${at.node.url}/v1/counters/${counter}/hits`, { method: "POST" });
    if (!answer.ok) throw new BenchFailure(`${at.node.name} answered ${answer.status}: ${await answer.text()}`);
    await answer.body?.cancel();
    const others = eyes.filter((eye) => eye !== at);
    await eventually(`all show ${counter}`, () => others.every((eye) => (eye.shown[counter] ?? 0) >= hit));
    times.push(Math.max(...others.map((eye) => eye.shownAt(counter, hit))) - began);
  }
  return times;
}

/** Looks at one node again and again, and notes when it first showed each total. */
class Eye {
  readonly node: NodeProcess;
  shown: Readonly<Record<string, number>> = {};
  readonly #firstShown = new Map<string, number>();
  readonly #looking: Promise<void>;
  #open = true;

  constructor(node: NodeProcess) {
    this.node = node;
    this.#looking = this.#look();
  }

  shownAt(counter: string, total: number): number {
    return this.#firstShown.get(`${counter} ${total}`)!;
  }

  close(): Promise<void> {
    this.#open = false;
    return this.#looking;
  }

  async #look(): Promise<void> {
    while (this.#open) {
      const shown = await totalsOf(this.node);
      const now = performance.now();
      for (const [counter, total] of Object.entries(shown)) {
        if (this.shown[counter] !== total) this.#firstShown.set(`${counter} ${total}`, now);
      }
      this.shown = shown;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

function lineOf(times: readonly number[]) {
  const [p50, p99, most] = [0.5, 0.99, 1].map((q) => Math.round(quantile(times, q)));
  return {
    measure: "hit to visible on every other node",
    goal: `p99 < ${GOAL_MS / 1000} s`,
    result: `p99 ${p99} ms, median ${p50} ms, worst ${most} ms of ${times.length} hits; three nodes, embedded store`,
    reached: p99! < GOAL_MS,
  };
}
