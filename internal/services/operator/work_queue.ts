import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";

export interface WorkQueueParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Works on one key; resolves to the milliseconds after which it wants to be called again, or to null. */
  readonly work: (key: string) => Promise<number | null>;
  /** Told of each `work` that threw. Must not throw. */
  readonly failed: (key: string, error: unknown) => void;
  readonly settings?: Partial<WorkQueueSettings>;
}

/** Times are in milliseconds. */
export interface WorkQueueSettings {
  /** How many keys are worked on at once. */
  readonly workers: number;
  /** Waits this long after a change for others that come with it: one edit shows up as several. */
  readonly gather: number;
  /** A key that keeps failing is tried again after `firstDelay`, then after twice that, up to `longestDelay`. */
  readonly firstDelay: number;
  readonly longestDelay: number;
}

const USUAL: WorkQueueSettings = { workers: 4, gather: 50, firstDelay: 500, longestDelay: 60_000 };

interface Entry {
  /** Times that `work` threw in a row. */
  failures: number;
  /** When the next turn begins, on the monotonic clock; null: none is due. */
  due: number | null;
  cancel: Cancel;
  /** Null: nobody works on it. */
  began: number | null;
}

/**
 * Keys that want work. Each is worked on by one worker at a time; however often it was added meanwhile, it gets one more turn.
 * A key that fails waits, longer each time, and no other key waits for it.
 */
export class WorkQueue {
  readonly #parts: WorkQueueParts;
  readonly #settings: WorkQueueSettings;
  readonly #entries = new Map<string, Entry>();
  /** Whose time has come and for whom no worker was free, in order. */
  readonly #ready = new Set<string>();
  #working = 0;
  #stopped = false;
  #idle: () => void = () => {};

  constructor(parts: WorkQueueParts) {
    this.#parts = parts;
    this.#settings = { ...USUAL, ...parts.settings };
  }

  /** Something about `key` has changed. One that keeps failing is not hurried by it beyond its first delay. */
  add(key: string): void {
    const { gather, firstDelay } = this.#settings;
    const failing = (this.#entries.get(key)?.failures ?? 0) > 0;
    this.#schedule(key, failing ? firstDelay : gather);
  }

  /** Time has passed. One that keeps failing is not hurried by that at all. */
  remind(key: string): void {
    if ((this.#entries.get(key)?.failures ?? 0) === 0) this.#schedule(key, 0);
  }

  /** Keys that wait for a worker. */
  get waiting(): number {
    return this.#ready.size;
  }

  /** Keys whose last turn failed. */
  get failing(): number {
    let failing = 0;
    for (const { failures } of this.#entries.values()) if (failures > 0) failing += 1;
    return failing;
  }

  /** Milliseconds that the oldest turn has taken so far; 0 when nobody works. */
  get oldest(): number {
    const now = this.#parts.clock.monotonic();
    return Math.max(0, ...[...this.#entries.values()].map(({ began }) => (began === null ? 0 : now - began)));
  }

  /** Begins no more turns. Resolves when those that have begun are over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const entry of this.#entries.values()) entry.cancel();
    this.#ready.clear();
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      this.#tellIfIdle();
    });
  }

  /** The earlier of two times holds: a change does not wait for a later look, nor a look for a later change. */
  #schedule(key: string, delay: number): void {
    if (this.#stopped) return;
    const entry = this.#entries.get(key) ?? { failures: 0, due: null, cancel: () => {}, began: null };
    this.#entries.set(key, entry);
    const due = this.#parts.clock.monotonic() + delay;
    if (entry.due !== null && entry.due <= due) return;
    entry.cancel();
    entry.due = due;
    entry.cancel = this.#parts.clock.after(delay, () => {
      this.#ready.add(key);
      this.#begin();
    });
  }

  #begin(): void {
    for (const key of this.#ready) {
      if (this.#working >= this.#settings.workers) return;
      const entry = this.#entries.get(key);
      if (!entry || entry.began !== null) continue;
      this.#ready.delete(key);
      void this.#turn(key, entry);
    }
  }

  async #turn(key: string, entry: Entry): Promise<void> {
    this.#working += 1;
    entry.began = this.#parts.clock.monotonic();
    entry.due = null;
    const again = await this.#attempt(key, entry);
    entry.began = null;
    this.#working -= 1;
    if (again !== null) this.#schedule(key, again);
    else if (entry.due === null) this.#entries.delete(key);
    this.#begin();
    this.#tellIfIdle();
  }

  async #attempt(key: string, entry: Entry): Promise<number | null> {
    try {
      const again = await this.#parts.work(key);
      entry.failures = 0;
      return again;
    } catch (error) {
      entry.failures += 1;
      this.#parts.failed(key, error);
      return this.#backoff(entry.failures);
    }
  }

  /** Keys that failed together, because the API server was away say, must not all come back together. */
  #backoff(failures: number): number {
    const { firstDelay, longestDelay } = this.#settings;
    const delay = Math.min(longestDelay, firstDelay * 2 ** Math.min(failures - 1, 30));
    return delay * (0.5 + this.#parts.random.fraction() / 2);
  }

  #tellIfIdle(): void {
    if (this.#stopped && this.#working === 0) this.#idle();
  }
}
