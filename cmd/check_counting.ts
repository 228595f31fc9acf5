import { setTimeout as sleep } from "node:timers/promises";
import { checkCommand } from "./settings/check_settings.ts";
import { settingsFromProcess } from "./settings/read/from_process.ts";

/** One of its own, always the same: nobody else counts it, and each counter takes room in the store for ever. */
const COUNTER = "helm-test";
/** Requests at a time: each connection goes to another pod behind the Service. */
const AT_ONCE = 10;
const PAUSE = 200;

const { url, hits, timeout } = settingsFromProcess(checkCommand);
const path = `${url}/v1/counters/${COUNTER}`;
const deadline = performance.now() + timeout;

try {
  await check();
} catch (error) {
  console.error(`Not as it should be: ${reasonOf(error)}`);
  process.exitCode = 1;
}

async function check(): Promise<void> {
  await until("the store takes hits", async () => (await ask(`${url}/v1/cluster`)).store === "ok");
  const before = await countOneCommitted();
  console.log(`${COUNTER} stands at ${before}; counts ${hits} hits at ${url}`);
  await countAll();
  const wanted = before + BigInt(hits);
  await until(`${wanted} are committed`, async () => committedIn(await ask(path)) >= wanted);
  // One more round: something that was counted twice would be in it at the latest.
  const after = (await countOneCommitted()) - 1n;
  if (after !== wanted) throw new Error(`${before} and ${hits} hits should make ${wanted}, not ${after}`);
  console.log(`Exact: ${before} and ${hits} hits make ${after}`);
}

/** Where the counter stands with this hit. Any other answer than this may be a round old. */
async function countOneCommitted(): Promise<bigint> {
  return committedIn(await ask(`${path}/hits?wait=committed`, "POST"));
}

async function countAll(): Promise<void> {
  let left = hits;
  const lane = async () => {
    while (left-- > 0) await ask(`${path}/hits`, "POST");
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

type Fields = Readonly<Record<string, unknown>>;

/** The JSON of an answer that says yes. */
async function ask(address: string, method = "GET"): Promise<Fields> {
  const answer = await fetch(address, { method, signal: AbortSignal.timeout(15_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${address} was answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** A total is a number, or digits where a number could not hold it; null: the node does not know yet. */
function committedIn({ committed }: Fields): bigint {
  return typeof committed === "number" || typeof committed === "string" ? BigInt(committed) : -1n;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let last = "it does not hold yet"; ; await sleep(PAUSE)) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = reasonOf(error);
    }
    if (performance.now() > deadline) throw new Error(`waited ${timeout / 1000} s in vain until ${what}: ${last}`);
  }
}

/** A failed fetch says no more than that; why is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
