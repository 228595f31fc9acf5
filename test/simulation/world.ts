import type { Cancel, Clock } from "../../internal/ports/clock.ts";
import { SeededRandom } from "./seeded_random.ts";

/** The true time at which a history begins unless it says otherwise, in milliseconds since 1970. */
export const WALL_START_MS = 1_700_000_000_000;

interface Event {
  readonly at: number;
  readonly order: number;
  readonly process: SimProcess | null;
  readonly run: () => void;
  cancelled: boolean;
}

/** Simulated time, randomness and processes. Events happen one at a time, in an order that only the seed decides. */
export class World {
  readonly random: SeededRandom;
  readonly trace: string[] = [];
  /** Whether `say` keeps its lines. Only a replay reads them. */
  readonly tracing: boolean;
  now = 0;
  /** The true time at which the history began. Time that passes without events moves it. */
  wallStart = WALL_START_MS;
  #order = 0;
  readonly #queue: Event[] = [];

  constructor(seed: number, tracing = false) {
    this.random = new SeededRandom(seed);
    this.tracing = tracing;
  }

  say(who: string, what: string): void {
    if (this.tracing) this.trace.push(`${(this.now / 1000).toFixed(3).padStart(8)}  ${who.padEnd(8)} ${what}`);
  }

  /** Runs `run` after `ms`. If it belongs to a process, it runs only while that process lives, and waits while it is paused. */
  after(ms: number, run: () => void, process: SimProcess | null = null): Cancel {
    const event = { at: this.now + Math.max(0, ms), order: this.#order++, process, run, cancelled: false };
    this.#push(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Lets events happen until `until` (simulated milliseconds), or until `done` returns true. */
  async run(until: number, done: () => boolean = () => false): Promise<boolean> {
    for (;;) {
      const event = this.#queue[0];
      if (!event || event.at > until) break;
      this.#pop();
      if (event.cancelled) continue;
      this.now = Math.max(this.now, event.at);
      const process = event.process;
      if (process && !process.alive) continue;
      if (process?.paused) {
        process.missed.push(event.run);
        process.missedEver++;
        continue;
      }
      event.run();
      await settled();
      if (done()) return true;
    }
    this.now = Math.max(this.now, until);
    return done();
  }

  #push(event: Event): void {
    const queue = this.#queue;
    let i = queue.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, queue[parent] as Event)) break;
      queue[i] = queue[parent] as Event;
      i = parent;
    }
    queue[i] = event;
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop() as Event;
    if (queue.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1] as Event, queue[child] as Event)) child++;
      if (!isBefore(queue[child] as Event, last)) break;
      queue[i] = queue[child] as Event;
      i = child;
    }
    queue[i] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Resolves when every promise that can settle has settled: a macrotask runs after all microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One process. It can be killed, paused and woken. */
export class SimProcess {
  readonly #world: World;
  readonly name: string;
  readonly missed: (() => void)[] = [];
  alive = true;
  paused = false;
  /** Events that came while it was paused. */
  missedEver = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  pause(): void {
    this.paused = true;
  }

  /** Wakes it: everything that it missed happens now, in order. */
  wake(): void {
    this.paused = false;
    for (const run of this.missed.splice(0)) this.#world.after(0, run, this);
  }

  kill(): void {
    this.alive = false;
  }
}

/** A process's clock. Its wall clock may be wrong and may jump; its monotonic clock has a zero of its own. */
export class SimClock implements Clock {
  readonly #world: World;
  readonly #process: SimProcess;
  readonly #zero: number;
  wallError = 0;

  constructor(world: World, process: SimProcess) {
    this.#world = world;
    this.#process = process;
    this.#zero = world.random.between(0, 1_000_000);
  }

  monotonic(): number {
    return this.#world.now + this.#zero;
  }

  wall(): number {
    return this.#world.wallStart + this.#world.now + this.wallError;
  }

  after(ms: number, task: () => void): Cancel {
    return this.#world.after(ms, task, this.#process);
  }

  endOfTurn(task: () => void): void {
    this.#world.after(0, task, this.#process);
  }
}
