import { once } from "node:events";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Attack, AttackResult, Target } from "./attack.ts";
import type { HonestOrder, HonestReport } from "./honest_client.ts";

/** An attack as others saw it. */
export interface Witnessed extends AttackResult {
  readonly number: number;
  /** 99 of 100 hits of an honest client took no longer than this; null: none was counted. */
  readonly p99Ms: number | null;
  /** The same before the attack, on the same machine. */
  readonly quietP99Ms: number | null;
  readonly honestFailures: number;
  /** Largest resident memory of the node; null: it is not known. */
  readonly memoryMb: number | null;
}

/** What an honest client may wait while an attack runs. */
export const HONEST_P99_MS = 100;

/** Bundled, it ends in .js as this file does. */
const CLIENT = new URL(`./honest_client${extname(import.meta.url)}`, import.meta.url);
const SAMPLE_MS = 200;
/** How long the honest client is alone. */
const LEAD_MS = 1_500;

/** Runs an attack, and measures what an honest client and the node's memory get of it. Throws CannotRun. */
export async function witness(attack: Attack, target: Target): Promise<Witnessed> {
  const honest = new Worker(CLIENT, { workerData: honestOrder(target) });
  const memory = new MemorySamples(target.adminUrl);
  try {
    await sleep(LEAD_MS);
    honest.postMessage("attack");
    const outcome = await attack.run(target);
    const reported = once(honest, "message");
    honest.postMessage("stop");
    const [{ quietMs, tookMs, failed }] = (await reported) as [HonestReport];
    const memoryMb = await memory.end();
    const withinMemory = attack.memoryMb === undefined || memoryMb === null || memoryMb <= attack.memoryMb;
    return {
      number: attack.number,
      attack: attack.attack,
      bound: attack.bound,
      seen: outcome.seen,
      held: outcome.held && withinMemory,
      p99Ms: percentile99(tookMs),
      quietP99Ms: percentile99(quietMs),
      honestFailures: failed,
      memoryMb,
    };
  } finally {
    await memory.end();
    await honest.terminate();
  }
}

function honestOrder({ publicUrl, counter }: Target): HonestOrder {
  return { url: `${publicUrl}/v1/counters/${counter}/hits` };
}

function percentile99(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? null;
}

/** The largest resident memory in the metrics of a node. */
class MemorySamples {
  readonly #ended = new AbortController();
  readonly #done: Promise<number | null>;

  constructor(adminUrl: string | undefined) {
    this.#done = adminUrl === undefined ? Promise.resolve(null) : this.#sample(adminUrl);
  }

  end(): Promise<number | null> {
    this.#ended.abort();
    return this.#done;
  }

  async #sample(adminUrl: string): Promise<number | null> {
    let largest: number | null = null;
    while (!this.#ended.signal.aborted) {
      const memory = await residentMb(adminUrl);
      if (memory !== null) largest = Math.max(largest ?? 0, memory);
      await sleep(SAMPLE_MS, undefined, { signal: this.#ended.signal }).catch(() => {});
    }
    return largest;
  }
}

async function residentMb(adminUrl: string): Promise<number | null> {
  try {
    const metrics = await (await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
    const bytes = /^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1];
    return bytes === undefined ? null : Number(bytes) / 1_000_000;
  } catch {
    return null;
  }
}
