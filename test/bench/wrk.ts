import { fileURLToPath } from "node:url";
import { LOAD_CORE, PinnedProcess } from "./pinned_process.ts";
import { BenchFailure } from "./row.ts";

const SCRIPT = fileURLToPath(new URL("hits.lua", import.meta.url));
const CONNECTIONS = 64;
/** Seconds in which the last hits are answered. One with a key waits for its commit. */
const AFTERWARDS = 1;
const AFTERWARDS_KEYED = 3;
/** wrk's own 2 s would call an answer that a busy machine gives late an error. */
const TIMEOUT = "30s";

export interface LoadOptions {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly seconds: number;
  /** Spread the hits over the counters `c0`, `c1`, ... instead of asking for `url` itself. */
  readonly counters?: number;
  /** Give each request a key of its own. */
  readonly keyed?: boolean;
  readonly connections?: number;
}

export interface LoadReport {
  /** All of them were answered with 2xx. */
  readonly hits: number;
  readonly seconds: number;
}

/** Loads one server with one wrk thread on the load's core. Throws BenchFailure when anything went wrong. */
export async function load(options: LoadOptions): Promise<LoadReport> {
  const { url, method, seconds, counters = 0, keyed = false, connections = CONNECTIONS } = options;
  const length = `${Math.ceil(seconds) + (keyed ? AFTERWARDS_KEYED : AFTERWARDS)}s`;
  const flags = ["-t1", `-c${connections}`, `-d${length}`, "--timeout", TIMEOUT, "-s", SCRIPT, url];
  const hits = [String(seconds), method, String(counters), keyed ? "keyed" : "plain"];
  const wrk = new PinnedProcess(["wrk", ...flags, "--", ...hits], { core: LOAD_CORE });
  const code = await wrk.exited();
  const line = wrk.output.split("\n").findLast((text) => text.startsWith("{"));
  if (code !== 0 || line === undefined) throw new BenchFailure(`wrk failed on ${url}: ${wrk.output}`);
  const { errors, ...report } = JSON.parse(line) as LoadReport & { readonly errors: number };
  if (errors > 0) throw new BenchFailure(`${errors} of wrk's requests to ${url} failed`);
  if (report.seconds === 0) throw new BenchFailure(`${url} did not answer for ${length}`);
  return report;
}
