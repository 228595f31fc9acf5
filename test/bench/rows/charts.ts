import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Contestant, round } from "../contest.ts";
import { writeDaysStore } from "../days_store.ts";
import { SERVER_CORE } from "../pinned_process.ts";
import { BenchFailure, type Effort, type Line, type Row } from "../row.ts";
import type { RunningNode } from "../running_node.ts";
import { spreadOf, spreadText } from "../spread.ts";
import { withDirectory } from "../temporary_directory.ts";
import { aloneOn } from "./against_bare.ts";

const SITE = "blog.example";
const PARTS = ["", "/_visits", "/_visitors", "/_bots"];
/** Every chart that a browser may ask for. */
const CHARTS = ["hour", "day"].flatMap((by) =>
  ["wide", "medium", "narrow"].map((size) => `/history/${SITE}?by=${by}&as=svg&size=${size}`),
);
/** People who open the page, or switch, in a second: as many as 100,000 views a day of one counter, and more. */
const ASKED_PER_SECOND = 20;
const CPU_GOAL = 0.95;
const LATENCY_GOAL_MS = 5;
const PROBE_PAUSE_MS = 5;

/** What charts of 400 days cost the hits that come meanwhile: CPU time of a hit under full load, and the time that a hit waits on a node at rest. */
export const charts: Row = {
  name: "charts",
  run: (effort) => withDirectory((directory) => run(directory, effort)),
};

async function run(directory: string, effort: Effort): Promise<readonly Line[]> {
  const counters = ["visits", ...PARTS.map((part) => SITE + part)];
  await writeDaysStore(`${directory}/store.sqlite`, counters, (_, hour) => 1 + ((hour * 7) % 50));
  const node = await aloneOn(SERVER_CORE, directory);
  await node.process.until("it has read the days", () => hasDays(node));
  const before = await node.committed("visits");
  const cpu = await cpuRatios(node, effort);
  const waits = await latencies(node, effort);
  await node.mustHaveCounted("visits", before + cpu.hits + waits.hits);
  await node.stop();
  const ratio = spreadOf(cpu.ratios);
  const more = spreadOf(waits.more);
  const asked = `${ASKED_PER_SECOND} charts a second`;
  return [
    {
      measure: `POST .../hits while a node draws ${asked} / without, by CPU time`,
      goal: `>= ${CPU_GOAL}`,
      result: spreadText(ratio, 3),
      reached: ratio.median >= CPU_GOAL,
    },
    {
      measure: `99th percentile of a hit's time, ${asked}, more than without`,
      goal: `< ${LATENCY_GOAL_MS} ms`,
      result: `${spreadText(more, 2)} ms; without ${spreadText(spreadOf(waits.without), 2)} ms`,
      reached: more.median < LATENCY_GOAL_MS,
    },
  ];
}

async function hasDays(node: RunningNode): Promise<boolean> {
  return (await fetch(`${node.url}/history/${SITE}?as=csv`)).ok;
}

/** Hits per second of CPU time, with charts by without. The CPU time of the charts themselves counts against the hits. */
async function cpuRatios(node: RunningNode, { smoke, say }: Effort): Promise<{ ratios: number[]; hits: number }> {
  const { pairs, seconds } = smoke ? { pairs: 1, seconds: 1 } : { pairs: 7, seconds: 3 };
  const url = `${node.url}/v1/counters/visits/hits`;
  const hitting: Contestant = { name: "hits", load: { url, method: "POST" }, processes: [node.process] };
  const ratios: number[] = [];
  let hits = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const rates: Record<"with" | "without", number> = { with: 0, without: 0 };
    for (const side of pair % 2 === 0 ? (["with", "without"] as const) : (["without", "with"] as const)) {
      const stop = side === "with" ? askForCharts(node) : async () => {};
      const loaded = await round(hitting, seconds);
      rates[side] = loaded.byCpu;
      hits += loaded.hits;
      await stop();
    }
    ratios.push(rates.with / rates.without);
    say(`hits by CPU time, with charts / without: ${ratios.at(-1)?.toFixed(3)}`);
  }
  return { ratios, hits };
}

/** Sends one hit after another. In milliseconds. */
async function latencies(
  node: RunningNode,
  { smoke }: Effort,
): Promise<{ more: number[]; without: number[]; hits: number }> {
  const { pairs, probes } = smoke ? { pairs: 1, probes: 100 } : { pairs: 7, probes: 300 };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const more: number[] = [];
  const without: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const alone = await percentile(node, agent, probes);
    const stop = askForCharts(node);
    more.push((await percentile(node, agent, probes)) - alone);
    await stop();
    without.push(alone);
  }
  agent.destroy();
  return { more, without, hits: 2 * pairs * probes };
}

async function percentile(node: RunningNode, agent: Agent, probes: number): Promise<number> {
  const times: number[] = [];
  for (let probe = 0; probe < probes; probe++) {
    const began = performance.now();
    await hit(node, agent);
    times.push(performance.now() - began);
    await sleep(PROBE_PAUSE_MS);
  }
  return times.sort((a, b) => a - b)[Math.floor(probes * 0.99)] ?? 0;
}

function hit({ url }: RunningNode, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/counters/visits/hits`, { method: "POST", agent }, (response) => {
      if (response.statusCode !== 200) reject(new BenchFailure(`a hit was refused with status ${response.statusCode}`));
      response.resume().on("end", resolve);
    });
    sent.on("error", reject).end();
  });
}

/** Returns how to stop it. */
function askForCharts({ url }: RunningNode): () => Promise<void> {
  const open = new Set<Promise<unknown>>();
  let asked = 0;
  const timer = setInterval(() => {
    const path = CHARTS[asked++ % CHARTS.length] ?? "";
    const one = fetch(url + path).then((response) => response.arrayBuffer());
    open.add(one);
    one.finally(() => open.delete(one)).catch(() => {});
  }, 1_000 / ASKED_PER_SECOND);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
  };
}
