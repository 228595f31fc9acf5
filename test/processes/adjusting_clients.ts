import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AdjustedJson } from "../../internal/adapters/http/adjusting/adjust_routes.ts";
import { type Imported, sendCut, sendImport } from "./import_requests.ts";
import { LATER, newKey } from "./keyed_clients.ts";
import type { Target } from "./load.ts";

/** Some clients are impatient, and ask another node while the first one may still do it. */
const GIVE_UP_MS = [500, 1_500, 4_000];
const PAUSE_MS = 100;
const DELETES_OF_TEN = 2;
/** Parts of 2,000 lines: one that is full, and one that is not. */
const IMPORT_LINES = 2_600;

/** A set or a delete with its key. All attempts are the same. */
export interface Change {
  readonly client: string;
  readonly key: string;
  readonly counter: string;
  /** Null: delete. */
  readonly value: number | null;
  /** The generation that it was decided on; null: any. */
  readonly ifMatch: number | null;
}

export type Done = Change & Pick<AdjustedJson, "before" | "after" | "generation">;

export interface ImportDone {
  readonly client: string;
  readonly key: string;
  readonly lines: readonly ImportedLine[];
  readonly answer: Imported;
}

export interface ImportedLine {
  readonly counter: string;
  readonly value: number;
  readonly region?: string;
}

/** Where a client sends to, and as whom. */
export interface Admin {
  readonly targets: () => readonly Target[];
  readonly token: string;
}

/**
 * Clients that adjust counters at any node, each one adjustment after the other. Each adjustment has a key, and is sent with it again and
 * again until a node says what became of it. Some are sent once more after that.
 */
export class AdjustingClients {
  readonly #admin: Admin;
  readonly #loops: Promise<void>[] = [];
  #stopped = false;
  #givenUp = false;
  /** In the order in which their clients were answered. */
  readonly done: Done[] = [];
  readonly imports: ImportDone[] = [];
  /** Keys that a node said were not done, to the last client that will ever use them. */
  readonly notDone: string[] = [];
  /** Attempts that were not answered, or were answered with 503. */
  repeated = 0;
  /** Adjustments whose first answer said that they had been done before. */
  duplicates = 0;
  /** Imports that were cut off. */
  cut = 0;
  /** Answers that no client may get. */
  readonly wrong: string[] = [];

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  /** One client that sets and deletes these counters. */
  startSetting(client: string, counters: readonly string[]): void {
    this.#start(async () => {
      const value = randomInt(10) < DELETES_OF_TEN ? null : randomInt(1_000_000);
      await this.change({ client, key: newKey(), counter: pick(counters), value, ifMatch: null });
    });
  }

  /** One client that sets a counter only if it has not changed since the client saw it. */
  startDeciding(client: string, counter: string): void {
    let ifMatch = 0;
    this.#start(async () => {
      ifMatch = await this.change({ client, key: newKey(), counter, value: randomInt(1_000_000), ifMatch });
    });
  }

  /** One client that adds to these counters. Every second import is cut off in the middle at first. */
  startImporting(client: string, counters: readonly string[]): void {
    this.#start(async () => {
      const regions = [{}, { region: "de" }];
      const lines = Array.from({ length: IMPORT_LINES }, () => ({
        counter: pick(counters),
        value: randomInt(1, 10),
        ...pick(regions),
      }));
      const one = { client, key: newKey(), lines };
      if (this.imports.length % 2 === 0) await this.#cutOff(one);
      await this.import(one);
    });
  }

  /** Lets go of what is not answered. */
  giveUp(): void {
    this.#stopped = true;
    this.#givenUp = true;
  }

  /** Begins no new adjustments. Resolves when each is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  /** Resolves to the generation that its counter then has. */
  async change(change: Change): Promise<number> {
    for (let attempt = 0; ; attempt++) {
      const found = await this.#askOnce(change, pick(GIVE_UP_MS), attempt);
      if (found !== null) return found;
      this.repeated++;
      await this.#pause();
    }
  }

  /** Sends one again that was done. Resolves when a node has said what was done then. */
  async again({ before, after, generation, ...change }: Done): Promise<void> {
    for (;;) {
      const response = await this.#send(change, 10_000).catch(() => null);
      // A node that is killed may have said no more than its status.
      const answer = (await response?.json().catch(() => null)) as AdjustedJson | null;
      if (response?.status === 200 && answer) {
        const same = answer.before === before && answer.after === after && answer.generation === generation;
        if (!answer.duplicate || !same) this.#note(change.key, `done before, and now ${JSON.stringify(answer)}`);
        return;
      }
      if (response && answer && !LATER.includes(response.status))
        return this.#note(change.key, `again: ${response.status} ${JSON.stringify(answer)}`);
      await this.#pause();
    }
  }

  /** Sends an import until all of its lines are done. */
  async import(one: Omit<ImportDone, "answer">): Promise<Imported> {
    for (;;) {
      const answer = await sendImport(this.#target(), this.#admin.token, one).catch(() => null);
      if (answer?.done === true) {
        this.imports.push({ ...one, answer });
        if (answer.duplicate) this.duplicates++;
        return answer;
      }
      if (answer && !LATER.includes(answer.status)) this.#note(one.key, JSON.stringify(answer));
      this.repeated++;
      await this.#pause();
    }
  }

  /** Null: nobody said what became of it. */
  async #askOnce(change: Change, giveUpMs: number, attempt: number): Promise<number | null> {
    const response = await this.#send(change, giveUpMs).catch(() => null);
    const body = (await response?.json().catch(() => null)) as AdjustedJson & { done: unknown };
    if (!response || !body) return null;
    if (response.status === 200) return this.#isDone(change, body);
    // Its generation is over: no earlier attempt, wherever it still is, can be done any more.
    if (response.status === 412 && body.done === false) return this.#isNotDone(change, body.generation);
    if (!LATER.includes(response.status)) this.#note(change.key, `${response.status} ${JSON.stringify(body)}`);
    else if (body.done === false && attempt === 0) return this.#isNotDone(change, change.ifMatch ?? 0);
    return null;
  }

  async #isDone(change: Change, { before, after, generation, key, duplicate }: AdjustedJson): Promise<number> {
    if (key !== change.key || after !== (change.value ?? 0)) this.#note(change.key, `answered ${key}, after ${after}`);
    if (duplicate) this.duplicates++;
    const done = { ...change, before, after, generation };
    this.done.push(done);
    if (randomInt(3) === 0) await this.again(done);
    return generation;
  }

  #isNotDone({ key }: Change, generation: number): number {
    this.notDone.push(key);
    return generation;
  }

  #send({ key, counter, value, ifMatch }: Change, timeoutMs: number): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#target().port}/v1/counters/${counter}`, {
      method: value === null ? "DELETE" : "PUT",
      ...(value !== null && { body: JSON.stringify({ value, reason: "a test" }) }),
      headers: {
        ...(value !== null && { "Content-Type": "application/json" }),
        ...(ifMatch !== null && { "If-Match": `"${ifMatch}"` }),
        Authorization: `Bearer ${this.#admin.token}`,
        "Idempotency-Key": key,
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
  }

  async #cutOff(one: Omit<ImportDone, "answer">): Promise<void> {
    this.cut++;
    await sendCut(this.#target(), this.#admin.token, one);
  }

  async #pause(): Promise<void> {
    if (this.#givenUp) throw new Error("the test is over");
    await sleep(PAUSE_MS);
  }

  #start(act: () => Promise<void>): void {
    const loop = async () => {
      while (!this.#stopped) {
        await act();
        await sleep(randomInt(PAUSE_MS));
      }
    };
    this.#loops.push(loop().catch((error) => this.#note("a client ended", String(error))));
  }

  /** A node, or none while all are gone: then the request fails. */
  #target(): { readonly port: number } {
    const targets = this.#admin.targets();
    return targets.length > 0 ? pick(targets) : { port: 1 };
  }

  #note(key: string, what: string): void {
    this.wrong.push(`${key}: ${what}`);
  }
}

function pick<T>(of: readonly T[]): T {
  return of[randomInt(of.length)] as T;
}
