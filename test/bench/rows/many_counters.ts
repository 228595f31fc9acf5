import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../eventually.ts";
import { writeStore } from "../many_counters_store.ts";
import { LOAD_CORE, SERVER_CORE } from "../pinned_process.ts";
import type { Effort, Line, Row } from "../row.ts";
import { RunningNode } from "../running_node.ts";
import { withDirectory } from "../temporary_directory.ts";

const MB = 1_000_000;
const REST_MS = 5_000;
const PAUSE_GOAL_MS = 50;
/** Reading the ledger, and a copy of all totals, take this long at most on a slow machine. */
const LONGEST_MS = 240_000;

interface Case {
  readonly counters: number;
  readonly leaderMb: number;
  readonly followerMb: number;
}

const CASES: readonly Case[] = [
  { counters: 0, leaderMb: 95, followerMb: 95 },
  { counters: 10_000, leaderMb: 120, followerMb: 120 },
  { counters: 1_000_000, leaderMb: 400, followerMb: 350 },
];

/** A leader and a new node with many counters: memory, the copy that the new node gets, and how long the event loop stood still. */
export const manyCounters: Row = {
  name: "many counters",
  async run(effort) {
    const lines: Line[] = [];
    await withDirectory(compile);
    for (const one of effort.smoke ? CASES.slice(0, 2) : CASES)
      lines.push(...(await withDirectory((directory) => measured(directory, one, effort))));
    return lines;
  },
};

/** A node that ends writes what it compiled, and the next ones need not. */
async function compile(directory: string): Promise<void> {
  await (await started("first", SERVER_CORE, directory, 0)).stop();
}

async function measured(directory: string, { counters, ...goals }: Case, { say }: Effort): Promise<Line[]> {
  const store = `${directory}/store.sqlite`;
  const sum = await writeStore(store, counters);
  say(`${counters} counters are in the store`);
  const leader = await started("leader", SERVER_CORE, directory, sum);
  const taken = await longestPause(leader);
  const joined = performance.now();
  const follower = await started("follower", LOAD_CORE, directory, sum);
  const copied = performance.now() - joined;
  const copying = [await longestPause(leader), await longestPause(follower)] as const;
  await listAll(follower, counters);
  const listing = await longestPause(follower);
  await sleep(REST_MS);
  const [ofLeader, ofFollower] = [leader, follower].map((node) => node.process.memory("VmRSS")) as [number, number];
  const scraping = Math.max(await longestPause(leader), await longestPause(follower));
  for (const node of [follower, leader]) await node.stop();
  const measure = `with ${counters} counters: `;
  return [
    memoryLine(`${measure}resident memory of the leader`, ofLeader, goals.leaderMb),
    memoryLine(`${measure}resident memory of a follower`, ofFollower, goals.followerMb),
    {
      measure: `${measure}longest pause of the event loop`,
      goal: `<= ${PAUSE_GOAL_MS} ms`,
      result: `${taken} ms at take-over, ${copying[0]} ms (leader) and ${copying[1]} ms (new node) in a copy of ${copied.toFixed(0)} ms with the start, ${listing} ms in lists, ${scraping} ms in scrapes`,
      reached: Math.max(taken, ...copying, listing, scraping) <= PAUSE_GOAL_MS,
    },
  ];
}

async function started(name: string, core: number, directory: string, sum: number): Promise<RunningNode> {
  const files = { store: `sqlite:${directory}/store.sqlite`, directory: `${directory}/${name}` };
  const node = await RunningNode.start({ name, core, ...files });
  await eventually(
    `${name} has all totals`,
    async () => {
      const { total } = (await (await fetch(`${node.url}/v1/cluster`)).json()) as { total: number | null };
      return total === sum && (await fetch(`${node.url}/v1/counters?limit=1`)).ok;
    },
    LONGEST_MS,
  );
  return node;
}

/** Reads every page of the list. */
async function listAll(node: RunningNode, counters: number): Promise<void> {
  const { length } = await node.allCommitted();
  if (length !== counters) throw new Error(`${length} of ${counters} counters are listed`);
}

/** Milliseconds, since the last time that this was asked. */
async function longestPause(node: RunningNode): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return Math.round(1_000 * Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1]));
}

function memoryLine(measure: string, bytes: number, goalMb: number): Line {
  return {
    measure,
    goal: `<= ${goalMb} MB`,
    result: `${(bytes / MB).toFixed(0)} MB`,
    reached: bytes <= goalMb * MB,
  };
}
