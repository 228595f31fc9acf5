import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ReadersNews, ReadersOrder } from "../event_readers_process.ts";
import { LOAD_CORE, PinnedProcess, SERVER_CORE } from "../pinned_process.ts";
import { BenchFailure, type Effort, type Line, type Row } from "../row.ts";
import type { RunningNode } from "../running_node.ts";
import { spreadOf } from "../spread.ts";
import { withDirectory } from "../temporary_directory.ts";
import { aloneOn } from "./against_bare.ts";

const READERS = fileURLToPath(new URL("../event_readers_process.ts", import.meta.url));
const GOAL_KB = 30;
const GOAL_MS = 250;
const REST_MS = 5_000;
/** Less often than rounds, so that each hit makes a version of its own. */
const PAUSE_MS = 1_500;

type Heard = Extract<ReadersNews, { kind: "heard" }>;

/** Event streams that are open on one node: what they cost in memory, and what a round costs that tells them all. */
export const streams: Row = {
  name: "streams",
  run: (effort) => withDirectory((directory) => run(directory, effort)),
};

async function run(directory: string, { smoke, say }: Effort): Promise<readonly Line[]> {
  const order = { streams: smoke ? 500 : 10_000, rounds: smoke ? 2 : 20 };
  // One address may have and open far fewer connections, unless it is a trusted proxy's.
  const node = await aloneOn(SERVER_CORE, directory, ["--trusted-proxies", "127.0.0.1"]);
  // The node has done everything once by then.
  await versionsOf(node, 3);
  const before = node.process.memory("VmRSS");
  const readers = await openReaders(node, order.streams);
  say(`${order.streams} streams are open`);
  await sleep(smoke ? 0 : REST_MS);
  const memory = node.process.memory("VmRSS") - before;
  const busy = await cpuWhile(node, () => versionsOf(node, order.rounds));
  await sleep(1_000);
  const heard = readers.messages.filter((message): message is Heard => (message as ReadersNews).kind === "heard");
  const whole = heard.filter(({ streams }) => streams >= order.streams);
  if (whole.length < order.rounds)
    throw new BenchFailure(`only ${whole.length} of ${heard.length} versions reached all`);
  await readers.end("SIGKILL");
  await node.stop();
  const perRound = (busy.cpuMs / busy.ms) * 1_000;
  const perStream = memory / order.streams / 1_000;
  const spread = spreadOf(whole.map((version) => version.spread));
  return [
    {
      measure: `memory of a node for each of ${order.streams} event streams`,
      goal: `< ${GOAL_KB} kB`,
      result: `${perStream.toFixed(1)} kB`,
      reached: perStream < GOAL_KB,
    },
    {
      measure: `CPU time of a round that tells ${order.streams} event streams`,
      goal: `< ${GOAL_MS} ms`,
      result: `${perRound.toFixed(0)} ms; the last reader hears ${spread.median.toFixed(0)} ms after the first`,
      reached: perRound < GOAL_MS,
    },
  ];
}

async function openReaders(node: RunningNode, streams: number): Promise<PinnedProcess> {
  const readers = new PinnedProcess([process.execPath, READERS], { core: LOAD_CORE, ipc: true });
  const { authorization = "" } = node.authorization;
  readers.tell({ port: Number(new URL(node.url).port), streams, authorization } satisfies ReadersOrder);
  await readers.hear((message): message is ReadersNews => (message as ReadersNews).kind === "open");
  return readers;
}

/** Counts a hit now and then, so that the ledger gets so many versions. */
async function versionsOf(node: RunningNode, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" });
    await sleep(PAUSE_MS);
  }
}

async function cpuWhile(node: RunningNode, action: () => Promise<void>): Promise<{ cpuMs: number; ms: number }> {
  const began = performance.now();
  const cpu = node.process.cpuSeconds;
  await action();
  return { cpuMs: (node.process.cpuSeconds - cpu) * 1_000, ms: performance.now() - began };
}
