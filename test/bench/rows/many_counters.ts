import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../eventually.ts";
import { writeStore } from "../many_counters_store.ts";
import { LOAD_CORE, SERVER_CORE } from "../pinned_process.ts";
import type { Effort, Line, Row } from "../row.ts";
import { RunningNode } from "../running_node.ts";
import { withDirectory } from "../temporary_directory.ts";

const MB = 1_000_000;
/** V8 gives memory back when it has seen for some 20 seconds that little is allocated (`cmd/process/idle_heap.ts`). */
const REST_MS = 45_000;
const PAUSE_GOAL_MS = 50;
const FAILOVER_GOAL_MS = 5_000;
/** A younger leader is not taken over (docs/protocol.md, Take over). */
const OLD_ENOUGH_MS = 11_000;
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

/** A leader and a new node of the image with many counters: memory, the copy that the new node gets, and how long the event loop stood still. */
export const manyCounters: Row = {
  name: "many counters",
  async run(effort) {
    const lines: Line[] = [];
    for (const one of effort.smoke ? CASES.slice(0, 2) : CASES)
      lines.push(...(await withDirectory((directory) => measured(directory, one, effort))));
    return lines;
  },
};

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
  await sleep(OLD_ENOUGH_MS);
  const failover = await timeToFirstCommit(leader, follower, sum);
  const takingOver = await longestPause(follower);
  await follower.stop();
  const measure = `in the image, with ${counters} counters: `;
  return [
    memoryLine(`${measure}resident memory of the leader`, ofLeader, goals.leaderMb),
    memoryLine(`${measure}resident memory of a follower`, ofFollower, goals.followerMb),
    {
      measure: `${measure}longest pause of the event loop`,
      goal: `<= ${PAUSE_GOAL_MS} ms`,
      result: `${taken} ms at take-over, ${copying[0]} ms (leader) and ${copying[1]} ms (new node) in a copy of ${copied.toFixed(0)} ms with the start, ${listing} ms in lists, ${scraping} ms in scrapes, ${takingOver} ms when the leader was killed`,
      reached: Math.max(taken, ...copying, listing, scraping, takingOver) <= PAUSE_GOAL_MS,
    },
    {
      measure: `${measure}the old leader's death to the new one's first commit`,
      goal: `<= ${FAILOVER_GOAL_MS / 1_000} s`,
      result: `${(failover / 1_000).toFixed(2)} s`,
      reached: failover <= FAILOVER_GOAL_MS,
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

/** Kills the leader while the other node has a hit that is not committed. Milliseconds until that one has committed it. */
async function timeToFirstCommit(leader: RunningNode, other: RunningNode, sum: number): Promise<number> {
  const killed = performance.now();
  await leader.process.end("SIGKILL");
  const { ok } = await fetch(`${other.url}/v1/counters/visits/hits`, { method: "POST" });
  const total = async () => ((await (await fetch(`${other.url}/v1/cluster`)).json()) as { total: number }).total;
  await eventually("the other node commits its hit", async () => ok && (await total()) === sum + 1, LONGEST_MS);
  return performance.now() - killed;
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
