import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeyedJson } from "../../internal/adapters/http/keyed/keyed_path.ts";
import type { Target } from "./load.ts";

/** Clients are impatient: they ask another node long before the deadline of the first one. */
const GIVE_UP_MS = 1_500;
const PAUSE_MS = 100;
/** Until the counter exists, each request is one for a new counter. */
const TOO_OFTEN = 429;
/** A machine that stood still: the request did not arrive in time, and nothing was done. */
const TOO_SLOW = 408;
/** What clients send again. */
export const LATER: readonly number[] = [503, TOO_OFTEN, TOO_SLOW];

/** Clients that send each hit with a key, to any node, again and again until one says that it is counted. */
export class KeyedClients {
  readonly #targets: () => readonly Target[];
  readonly #open = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #givenUp = false;
  sent = 0;
  /** Requests that were not answered with 200, whatever was said, and sent again. */
  repeated = 0;
  /** Hits whose answer said that they had been counted before. */
  duplicates = 0;
  /** Answers that no client may get. */
  readonly wrong: string[] = [];

  constructor(targets: () => readonly Target[]) {
    this.#targets = targets;
  }

  start(counter: string, perSecond: number): void {
    this.#timer = setInterval(() => {
      const one = this.#untilCounted(counter).finally(() => this.#open.delete(one));
      this.#open.add(one);
    }, 1_000 / perSecond);
  }

  /** Sends no new hits. Resolves when each that was sent is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  /** Lets go of what is not answered. */
  giveUp(): void {
    clearInterval(this.#timer);
    this.#givenUp = true;
  }

  async #untilCounted(counter: string): Promise<void> {
    this.sent++;
    const key = newKey();
    for (;;) {
      const answer = await this.#ask(counter, key);
      if (answer?.duplicate) this.duplicates++;
      if (answer || this.#givenUp) return;
      this.repeated++;
      await sleep(PAUSE_MS);
    }
  }

  /** Null: nobody said that it is counted. */
  async #ask(counter: string, key: string): Promise<KeyedJson | null> {
    const targets = this.#targets();
    const target = targets[Math.floor(Math.random() * targets.length)];
    if (!target) return null;
    const response = await sendKeyed(target, counter, key, GIVE_UP_MS).catch(() => null);
    const body = await response?.json().catch(() => null);
    if (response?.ok && body) return body as KeyedJson;
    if (response && !LATER.includes(response.status)) this.wrong.push(`${response.status} ${JSON.stringify(body)}`);
    return null;
  }
}

/** One hit with a key. Rejects if no answer comes in time. */
export function sendKeyed(
  { port }: Pick<Target, "port">,
  counter: string,
  key: string,
  timeoutMs: number,
): Promise<Response> {
  const url = `http://127.0.0.1:${port}/v1/counters/${counter}/hits`;
  const headers = { "Idempotency-Key": key };
  return fetch(url, { method: "POST", headers, signal: AbortSignal.timeout(timeoutMs) });
}

/** A UUID of version 7. */
export function newKey(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
