import { setTimeout as sleep } from "node:timers/promises";
import { SERVER_CORE } from "../pinned_process.ts";
import { BenchFailure, type Effort, type Line, type Row } from "../row.ts";
import type { RunningNode } from "../running_node.ts";
import { withDirectory } from "../temporary_directory.ts";
import { load } from "../wrk.ts";
import { aloneOn } from "./against_bare.ts";

const GOAL_MB = 120;
const MB = 1_000_000;
const AT_ONCE = 50;
const REFUSED_PAUSE_MS = 200;
/** V8 gives memory back when it has seen for some 20 seconds that little is allocated (`cmd/process/idle_heap.ts`). */
const REST_MS = 45_000;

/** A node of the image that leads and has many counters, before and after they all got hits. */
export const memory: Row = {
  name: "memory",
  run: (effort) => withDirectory((directory) => run(directory, effort)),
};

async function run(directory: string, { smoke, say }: Effort): Promise<readonly Line[]> {
  const counters = smoke ? 500 : 10_000;
  // One more place, because `visits` keeps its own.
  const node = await aloneOn(SERVER_CORE, directory, ["--max-counters", "10001"]);
  const start = node.process.memory("VmRSS");
  await introduce(node, counters);
  say(`${counters} counters exist`);
  await sleep(smoke ? 0 : REST_MS);
  const introduced = node.process.memory("VmRSS");
  const { hits } = await load({ url: node.url, method: "POST", seconds: smoke ? 1 : 5, counters });
  await node.process.until("nothing is pending", async () => (await node.cluster()).pending === 0);
  await sleep(smoke ? 0 : REST_MS);
  const resident = node.process.memory("VmRSS");
  const peak = node.process.memory("VmHWM");
  await mustHaveCounted(node, counters, counters + hits);
  await node.stop();
  const [first, then, after, most] = [start, introduced, resident, peak].map((bytes) => (bytes / MB).toFixed(0));
  return [
    {
      measure: `resident memory of a leading node of the image with ${counters} counters`,
      goal: `< ${GOAL_MB} MB`,
      result: `${then} MB; ${after} MB after ${hits} hits all over them, ${most} MB at its peak; ${first} MB when it began`,
      reached: Math.max(introduced, resident) < GOAL_MB * MB,
    },
  ];
}

/** A node may introduce only its share of what the ledger may still grow, so some have to wait for the next round. */
async function introduce(node: RunningNode, counters: number): Promise<void> {
  const names = Array.from({ length: counters }, (_, i) => `c${i}`).reverse();
  const lane = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      while (!(await hit(node, name))) await sleep(REFUSED_PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** False when this counter may not be introduced yet. */
async function hit(node: RunningNode, counter: string): Promise<boolean> {
  const answer = await fetch(`${node.url}/v1/counters/${counter}/hits`, {
    method: "POST",
    headers: node.authorization,
  });
  const text = await answer.text();
  if (!answer.ok && !text.includes("too-many-counters")) throw new BenchFailure(`${answer.status}: ${text}`);
  return answer.ok;
}

async function mustHaveCounted(node: RunningNode, counters: number, hits: number): Promise<void> {
  const totals = await node.allCommitted();
  const counted = totals.reduce((sum, total) => sum + total, 0);
  if (totals.length !== counters || counted !== hits)
    throw new BenchFailure(
      `${hits} hits of ${counters} counters were acknowledged, ${counted} of ${totals.length} counted`,
    );
}
