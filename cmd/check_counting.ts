import { setTimeout as sleep } from "node:timers/promises";
import { printError, printLines } from "./cli/output.ts";
import { exitOnStopSignals } from "./process/stop_signals.ts";
import { checkCommand } from "./settings/check_settings.ts";
import { settingsFromProcess } from "./settings/read/from_process.ts";

/** Always the same counter, which nobody else counts: every counter takes space in the store forever. */
const COUNTER = "helm-test";
/** Requests at a time. The Service sends each connection to another pod. */
const CONCURRENCY = 10;
const RETRY_MS = 200;
const REQUEST_TIMEOUT_MS = 15_000;
/** A person wonders after this time. */
const LONG_WAIT_MS = 2_000;

const { url, hits, timeout } = settingsFromProcess(checkCommand);
const path = `${url}/v1/counters/${COUNTER}`;
const deadline = performance.now() + timeout;

exitOnStopSignals(1);
try {
  await check();
} catch (error) {
  printError(`Check failed: ${reasonOf(error)}`);
  process.exitCode = 1;
}

async function check(): Promise<void> {
  await until("the store accepts commits", async () => (await request(`${url}/v1/cluster`)).store === "ok");
  const before = await countOneCommitted();
  printLines(`${COUNTER} is at ${before}; counting ${hits} hits at ${url}`);
  await countAll();
  const wanted = before + BigInt(hits);
  await until(`${COUNTER} reaches ${wanted}`, async () => committedIn(await request(path)) >= wanted);
  // One more round: a hit that was counted twice would be in it at the latest.
  const after = (await countOneCommitted()) - 1n;
  if (after !== wanted) throw new Error(`${COUNTER} must be ${before} + ${hits} = ${wanted}, but is ${after}`);
  printLines(`Exact: ${before} + ${hits} = ${after}`);
}

/** The counter's total including this hit. Any other response may be a round old. */
async function countOneCommitted(): Promise<bigint> {
  return committedIn(await request(`${path}/hits?wait=committed`, "POST"));
}

async function countAll(): Promise<void> {
  let left = hits;
  const lane = async () => {
    while (left-- > 0) await request(`${path}/hits`, "POST");
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

type Fields = Readonly<Record<string, unknown>>;

/** The JSON of a successful response. Throws for every status but 2xx. */
async function request(address: string, method = "GET"): Promise<Fields> {
  const response = await fetch(address, { method, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${address}: status ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** A total is a number, or a string if a number could not hold it. Null: the node does not know it yet. */
function committedIn({ committed }: Fields): bigint {
  return typeof committed === "number" || typeof committed === "string" ? BigInt(committed) : -1n;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const timer = setTimeout(() => printLines(`Waiting until ${what}...`), LONG_WAIT_MS);
  try {
    for (let last = "not yet"; ; await sleep(RETRY_MS)) {
      try {
        if (await holds()) return;
      } catch (error) {
        last = reasonOf(error);
      }
      if (performance.now() > deadline) throw new Error(`waited ${timeout / 1000} s until ${what}: ${last}`);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The reason of a failed fetch is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
