import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ValueJson } from "../../internal/adapters/http/totals_json.ts";

/** A node as the load sees it: where it is, and in which of its lives. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly life: number;
}

/** What became of the hits of one counter. */
export interface Sent {
  /** Answered with success, or with the word that they are counted. */
  acknowledged: number;
  /** Answered with the word that they are not counted, or never sent for want of a connection. */
  refused: number;
  /** The connection broke: nobody can tell. */
  unanswered: number;
}

/** One request, and the largest value that its sender had seen at its node when it was sent. */
interface Shot {
  readonly target: Target;
  readonly counter: string;
  readonly by: number;
  readonly waits: boolean;
  readonly path: string;
  readonly method: string;
  readonly body: string;
  readonly floor: number;
  /** Where its value will be noted. */
  readonly seen: Map<string, number>;
}

/** Until the counter exists, each request is one for a new counter. */
const TOO_OFTEN = 429;
/** A machine that stood still: the request did not arrive in time, and nothing was done. */
const TOO_SLOW = 408;
/** Responses that say that nothing was done: clients send again, or go on. */
export const LATER: readonly number[] = [503, TOO_OFTEN, TOO_SLOW];

const TICK_MS = 10;
/** After a pause of this process, what was missed is not made up for in one burst. */
const MOST_PER_TICK = 20;
/** A node that does not answer gets no more than this. */
const MOST_OPEN = 100;
/** `?wait=committed` holds its connection until the next round, or for 10 s. */
const MOST_WAITING = 6;
/** Answers that are still on their way have this long. */
const LAST_ANSWERS_MS = 15_000;

/**
 * Hits at a bounded rate on whatever nodes there are, in the ways that clients have: without a body, with one, as visits of the page,
 * waiting for the commit. Every answer is written down, and checked: on one life of a node no value is smaller than one seen before.
 */
export class Load {
  readonly sent = new Map<string, Sent>();
  /** Why nodes refused hits, and how many. */
  readonly refusals = new Map<string, number>();
  /** Answers that no node should give. */
  readonly wrong: string[] = [];
  readonly #targets: () => readonly Target[];
  readonly #perSecond: number;
  readonly #agents = new Map<string, Agent>();
  readonly #open = new Map<string, number>();
  #seen = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #begun = 0;
  #due = 0;
  #shots = 0;
  #waiting = 0;

  constructor(targets: () => readonly Target[], perSecond = 300) {
    this.#targets = targets;
    this.#perSecond = perSecond;
  }

  start(): void {
    this.#begun = performance.now();
    this.#due = 0;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Sends no more. Resolves when everything was answered, or was given up. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const deadline = performance.now() + LAST_ANSWERS_MS;
    while (this.open > 0 && performance.now() < deadline) await sleep(TICK_MS);
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
    while (this.open > 0) await sleep(TICK_MS);
  }

  /** Requests without an answer yet. */
  get open(): number {
    return [...this.#open.values()].reduce((sum, open) => sum + open, 0);
  }

  /** Over all counters. */
  total(what: keyof Sent): number {
    return [...this.sent.values()].reduce((sum, sent) => sum + sent[what], 0);
  }

  /** Values may start anew: a person decides to go on with less. */
  forgetValues(): void {
    this.#seen = new Map();
  }

  #tick(): void {
    const due = Math.floor(((performance.now() - this.#begun) / 1000) * this.#perSecond);
    const now = Math.min(due - this.#due, MOST_PER_TICK);
    this.#due = due;
    const targets = this.#targets().filter(({ name }) => (this.#open.get(name) ?? 0) < MOST_OPEN);
    for (let i = 0; i < now && targets.length > 0; i++) {
      const shot = this.#next(targets[this.#shots % targets.length]!);
      this.#shots++;
      this.#send(shot);
    }
  }

  #next(target: Target): Shot {
    const turn = Math.floor(this.#shots / 3) % 10;
    const waits = turn === 0 && this.#waiting < MOST_WAITING;
    const by = turn === 1 || turn === 2 ? 3 : 1;
    const page = turn === 3;
    const counter = by === 3 ? "triples" : "visits";
    return {
      ...{ target, counter, by, waits },
      path: page ? "/" : `/v1/counters/${counter}/hits${waits ? "?wait=committed" : ""}`,
      method: page ? "GET" : "POST",
      body: by === 1 ? "" : JSON.stringify({ by }),
      floor: this.#seen.get(keyOf(target, counter)) ?? 0,
      seen: this.#seen,
    };
  }

  #send(shot: Shot): void {
    const { target, method, path, body } = shot;
    this.#opened(shot, 1);
    const headers = body ? { "Content-Type": "application/json", "Content-Length": body.length } : {};
    const options = { host: "127.0.0.1", port: target.port, agent: this.#agentFor(target), method, path, headers };
    let answered = false;
    request(options, (answer) => {
      answered = true;
      void this.#answered(shot, answer).finally(() => this.#opened(shot, -1));
    })
      .on("error", (error: NodeJS.ErrnoException) => {
        if (answered) return;
        this.#broke(shot, error.code ?? error.message);
        this.#opened(shot, -1);
      })
      .end(body);
  }

  async #answered(shot: Shot, answer: IncomingMessage): Promise<void> {
    // Success is in the first line: the hits count from here, even if the rest never comes.
    if (answer.statusCode === 200) this.#account(shot, "acknowledged");
    const text = await textOf(answer);
    if (answer.statusCode === 200) return this.#checkValue(shot, text);
    if (text === null) return this.#account(shot, "unanswered");
    const said = /"counted":true/.test(text);
    this.#account(shot, said ? "acknowledged" : "refused");
    const status = answer.statusCode ?? 0;
    if (!said && status === 503) this.#refused(/problem:([a-z-]+)/.exec(text)?.[1] ?? "page", shot);
    if (!LATER.includes(status)) this.wrong.push(`${shot.target.name} answered ${status}: ${text}`);
  }

  #checkValue({ target, counter, by, method, floor, seen }: Shot, text: string | null): void {
    if (text === null || method === "GET" || seen !== this.#seen) return;
    const { value } = JSON.parse(text) as ValueJson;
    if (value === null) return;
    const key = keyOf(target, counter);
    if (Number(value) < floor + by)
      this.wrong.push(`${key} answered ${value} to a hit of ${by} that was sent when it had answered ${floor}`);
    seen.set(key, Math.max(seen.get(key) ?? 0, Number(value)));
  }

  #broke(shot: Shot, why: string): void {
    const never = why === "ECONNREFUSED";
    this.#account(shot, never ? "refused" : "unanswered");
    if (never) this.#refused(why, shot);
  }

  #account({ counter, by }: Shot, what: keyof Sent): void {
    const sent = this.sent.get(counter) ?? { acknowledged: 0, refused: 0, unanswered: 0 };
    sent[what] += by;
    this.sent.set(counter, sent);
  }

  #refused(why: string, { by }: Shot): void {
    this.refusals.set(why, (this.refusals.get(why) ?? 0) + by);
  }

  #opened({ target, waits }: Shot, change: 1 | -1): void {
    this.#open.set(target.name, (this.#open.get(target.name) ?? 0) + change);
    if (waits) this.#waiting += change;
  }

  #agentFor({ name }: Target): Agent {
    const agent = this.#agents.get(name) ?? new Agent({ keepAlive: true, maxSockets: MOST_OPEN });
    this.#agents.set(name, agent);
    return agent;
  }
}

function keyOf({ name, life }: Target, counter: string): string {
  return `${counter} on ${name}, life ${life},`;
}

/** Null when the connection broke on the way. */
async function textOf(answer: IncomingMessage): Promise<string | null> {
  try {
    return Buffer.concat(await answer.toArray()).toString();
  } catch {
    return null;
  }
}
