import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { KeptKeysNews } from "../kept_keys_process.ts";
import { PinnedProcess, SERVER_CORE } from "../pinned_process.ts";
import type { Effort, Line, Row } from "../row.ts";
import { RunningNode } from "../running_node.ts";
import { spreadOf, spreadText } from "../spread.ts";
import { withDirectory } from "../temporary_directory.ts";
import { type LoadOptions, load } from "../wrk.ts";
import { aloneOn } from "./against_bare.ts";

const KEPT_KEYS = fileURLToPath(new URL("../kept_keys_process.ts", import.meta.url));
const PATH = "/v1/counters/visits/hits";
const CPU_GOAL = 2;
const MEMORY_GOAL_MB = 60;
/** 20 bytes a key, and the first line of their entry. */
const BYTES_GOAL = 20_100;
interface Scope {
  readonly turns: number;
  readonly seconds: number;
  /** Each has a hit with a key that waits for a commit, so their number is the rate. */
  readonly connections: number;
  /** All connections are open by then. */
  readonly openedMs: number;
}

const SCOPE: Scope = { turns: 5, seconds: 8, connections: 5_000, openedMs: 2_500 };
const SMOKE_SCOPE: Scope = { turns: 1, seconds: 1.5, connections: 500, openedMs: 1_000 };
const WINDOW_S = 900;
const MB = 1_000_000;
/** All requests come from one address, which may not send so many by itself. */
const PROXIES = ["--trusted-proxies", "127.0.0.1"];

/** Hits with an idempotency key: CPU time against those without, on one node that leads and on two; memory of the keys; what a round writes for them. */
export const keyed: Row = {
  name: "keyed",
  async run(effort) {
    return [
      await withDirectory((directory) => cpuLine(directory, effort, false)),
      await withDirectory((directory) => cpuLine(directory, effort, true)),
      ...(await keptLines(effort)),
    ];
  },
};

/** `onFollower`: a second node, which follows, gets all hits. The time is that of both. */
async function cpuLine(directory: string, effort: Effort, onFollower: boolean): Promise<Line> {
  const leader = await aloneOn(SERVER_CORE, directory, PROXIES);
  const node = onFollower ? await followerOf(leader, directory) : leader;
  const nodes = onFollower ? [leader, node] : [leader];
  const scope = effort.smoke ? SMOKE_SCOPE : SCOPE;
  const { connections } = scope;
  const loads = [{}, { connections }, { connections, keyed: true }];
  const times: number[][] = loads.map(() => []);
  let hits = 0;
  for (let turn = 0; turn < scope.turns; turn++) {
    for (const [at, options] of loads.entries()) {
      const one = await measured(node, nodes, scope, options);
      times[at]?.push(one.cpuMicroseconds);
      hits += one.hits;
    }
    effort.say(`${times.map((some) => some.at(-1)?.toFixed(1)).join(", ")} µs`);
  }
  await node.mustHaveCounted("visits", hits);
  for (const one of nodes.toReversed()) await one.stop();
  const [plain, asMany, withKey] = times as [number[], number[], number[]];
  const [ratio, ofAsMany] = [ratioOf(withKey, plain), ratioOf(withKey, asMany)];
  const [plainTime, asManyTime, keyedTime] = times.map((some) => spreadOf(some).median.toFixed(1));
  return {
    measure: `CPU time of a hit with a key / of one without, ${onFollower ? "on a node that follows, the leader's time added" : "on a node that leads"}`,
    goal: `<= ${CPU_GOAL}`,
    result: `${spreadText(ratio, 2)}; ${keyedTime} µs, with ${connections} requests that wait; ${plainTime} µs without. Without, over as many connections: ${asManyTime} µs, which makes it ${spreadText(ofAsMany, 2)}`,
    reached: ratio.median <= CPU_GOAL,
  };
}

function ratioOf(times: readonly number[], others: readonly number[]) {
  return spreadOf(times.map((time, turn) => time / (others[turn] as number)));
}

async function followerOf(leader: RunningNode, directory: string): Promise<RunningNode> {
  const files = { store: `sqlite:${directory}/store.sqlite`, directory: `${directory}/follower` };
  const node = await RunningNode.start({ name: "follower", core: SERVER_CORE, ...files, flags: PROXIES });
  await node.process.until("the leader hears the other node", async () => {
    const { nodes } = await leader.cluster();
    return nodes.filter(({ state }) => state === "counting").length === 2;
  });
  return node;
}

/** CPU time of all of the nodes, rounds included, by the hits that one of them took meanwhile. */
async function measured(
  node: RunningNode,
  nodes: readonly RunningNode[],
  { seconds, openedMs }: Scope,
  options: Pick<LoadOptions, "connections" | "keyed">,
) {
  const loaded = load({ url: node.url + PATH, method: "POST", seconds: seconds + openedMs / 1_000, ...options });
  const cpuMicroseconds = sleep(openedMs).then(async () => {
    const [cpu, before] = [cpuSecondsOf(nodes), await acceptedHits(node)];
    await sleep(seconds * 1_000);
    return ((cpuSecondsOf(nodes) - cpu) * 1e6) / ((await acceptedHits(node)) - before);
  });
  const [{ hits }, time] = await Promise.all([loaded, cpuMicroseconds]);
  return { hits, cpuMicroseconds: time };
}

function cpuSecondsOf(nodes: readonly RunningNode[]): number {
  return nodes.reduce((sum, { process }) => sum + process.cpuSeconds, 0);
}

async function acceptedHits(node: RunningNode): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return Number(/^global_cluster_hits_accepted_total\{.*\} (\d+)$/m.exec(text)?.[1]);
}

/** What the keys of 15 minutes take, with 1,000 a second, in a process that has nothing else. */
async function keptLines({ smoke }: Effort): Promise<Line[]> {
  const flags = ["--expose-gc", "--max-semi-space-size=8"];
  const seconds = String(smoke ? WINDOW_S / 10 : WINDOW_S);
  const holder = new PinnedProcess([process.execPath, ...flags, KEPT_KEYS, seconds], { core: SERVER_CORE, ipc: true });
  const isNews = (message: unknown): message is KeptKeysNews => (message as KeptKeysNews).kind === "kept";
  const { keys, memory, keysOfRound, roundBytes } = await holder.hear(isNews);
  await holder.end("SIGKILL");
  return [
    {
      measure: `memory of ${keys} kept keys`,
      goal: `<= ${MEMORY_GOAL_MB} MB`,
      result: `${(memory / MB).toFixed(0)} MB`,
      reached: smoke ? null : memory <= MEMORY_GOAL_MB * MB,
    },
    {
      measure: `what a round writes more for ${keysOfRound} keys`,
      goal: `<= ${BYTES_GOAL / 1_000} kB`,
      result: `${(roundBytes / 1_000).toFixed(1)} kB`,
      reached: roundBytes <= BYTES_GOAL,
    },
  ];
}
