import { parentPort, threadId } from "node:worker_threads";
import { playHistory } from "./history.ts";
import { addHistory, emptyReport, type RunReport } from "./run_report.ts";

/** Histories from `first` up to `end`, without it. */
export interface Chunk {
  readonly first: number;
  readonly end: number;
}

/** What a worker did of a chunk: all before `reached`. */
export interface Played {
  readonly chunk: Chunk;
  readonly reached: number;
  readonly report: RunReport;
}

let stopped = false;

/** Plays the histories of a chunk, until it is told to stop or, `untilBroken`, one breaks the contract. */
export async function playChunk(chunk: Chunk, untilBroken: boolean): Promise<Played> {
  const report = emptyReport();
  const before = process.threadCpuUsage();
  let reached = chunk.first;
  while (reached < chunk.end && !stopped && !(untilBroken && report.broken.length > 0))
    addHistory(report, await playHistory(reached++));
  const { user, system } = process.threadCpuUsage(before);
  report.cpuSeconds = (user + system) / 1e6;
  return { chunk, reached, report };
}

if (threadId > 0)
  parentPort?.on("message", async (message: { chunk: Chunk; untilBroken: boolean } | "stop") => {
    if (message === "stop") stopped = true;
    else parentPort?.postMessage(await playChunk(message.chunk, message.untilBroken));
  });
