import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";

export interface WorkQueueDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Works on one key. Resolves to the milliseconds until it must run again, or to null. */
  readonly work: (key: string) => Promise<number | null>;
  /** Called with each error that `work` threw. Must not throw. */
  readonly failed: (key: string, error: unknown) => void;
  readonly settings?: Partial<WorkQueueSettings>;
}

export interface WorkQueueSettings {
  /** Keys in work at once. */
  readonly workers: number;
  /** Milliseconds to wait after a change for others: one edit causes several. */
  readonly gatherMs: number;
  /** Milliseconds before a key that failed is tried again. The delay doubles with each further failure. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

const DEFAULTS: WorkQueueSettings = { workers: 4, gatherMs: 50, firstDelayMs: 500, longestDelayMs: 60_000 };

interface Entry {
  /** Failures in a row. */
  failures: number;
  /** When the next run begins, on the monotonic clock; null if none is due. */
  due: number | null;
  cancel: Cancel;
  /** When the present run began, on the monotonic clock; null if there is none. */
  began: number | null;
}

/**
 * Keys that need work. One worker at a time works on a key; however often the key is added meanwhile, it gets one more run.
 * A key that fails waits, longer each time, and no other key waits for it.
 */
export class WorkQueue {
  readonly #deps: WorkQueueDeps;
  readonly #settings: WorkQueueSettings;
  readonly #entries = new Map<string, Entry>();
  /** Keys that are due and wait for a free worker, in order. */
  readonly #ready = new Set<string>();
  #working = 0;
  #stopped = false;
  #idle: () => void = () => {};

  constructor(deps: WorkQueueDeps) {
    this.#deps = deps;
    this.#settings = { ...DEFAULTS, ...deps.settings };
  }

  /** `key` has changed. If it keeps failing, it still waits for the first delay. */
  add(key: string): void {
    const { gatherMs, firstDelayMs } = this.#settings;
    const failing = (this.#entries.get(key)?.failures ?? 0) > 0;
    this.#schedule(key, failing ? firstDelayMs : gatherMs);
  }

  /** `key` must be checked, although nothing has changed. If it keeps failing, this does not bring its next run forward. */
  remind(key: string): void {
    if ((this.#entries.get(key)?.failures ?? 0) === 0) this.#schedule(key, 0);
  }

  /** The number of keys that wait for a worker. */
  get waiting(): number {
    return this.#ready.size;
  }

  /** The number of keys whose last run failed. */
  get failing(): number {
    let failing = 0;
    for (const { failures } of this.#entries.values()) if (failures > 0) failing += 1;
    return failing;
  }

  /** Milliseconds since the oldest present run began; 0 if there is none. */
  get oldest(): number {
    const now = this.#deps.clock.monotonic();
    return Math.max(0, ...[...this.#entries.values()].map(({ began }) => (began === null ? 0 : now - began)));
  }

  /** Starts no more runs. Resolves when those that have started have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const entry of this.#entries.values()) entry.cancel();
    this.#ready.clear();
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      this.#resolveIfIdle();
    });
  }

  /** The earlier of two times wins. */
  #schedule(key: string, delay: number): void {
    if (this.#stopped) return;
    const entry = this.#entries.get(key) ?? { failures: 0, due: null, cancel: () => {}, began: null };
    this.#entries.set(key, entry);
    const due = this.#deps.clock.monotonic() + delay;
    if (entry.due !== null && entry.due <= due) return;
    entry.cancel();
    entry.due = due;
    entry.cancel = this.#deps.clock.after(delay, () => {
      this.#ready.add(key);
      this.#startReady();
    });
  }

  #startReady(): void {
    for (const key of this.#ready) {
      if (this.#working >= this.#settings.workers) return;
      const entry = this.#entries.get(key);
      if (!entry || entry.began !== null) continue;
      this.#ready.delete(key);
      void this.#run(key, entry);
    }
  }

  async #run(key: string, entry: Entry): Promise<void> {
    this.#working += 1;
    entry.began = this.#deps.clock.monotonic();
    entry.due = null;
    const requeueAfter = await this.#attempt(key, entry);
    entry.began = null;
    this.#working -= 1;
    if (requeueAfter !== null) this.#schedule(key, requeueAfter);
    else if (entry.due === null) this.#entries.delete(key);
    this.#startReady();
    this.#resolveIfIdle();
  }

  async #attempt(key: string, entry: Entry): Promise<number | null> {
    try {
      const requeueAfter = await this.#deps.work(key);
      entry.failures = 0;
      return requeueAfter;
    } catch (error) {
      entry.failures += 1;
      this.#deps.failed(key, error);
      return this.#backoff(entry.failures);
    }
  }

  /** With jitter: keys that failed together, for example while the API server was down, must not retry together. */
  #backoff(failures: number): number {
    const { firstDelayMs, longestDelayMs } = this.#settings;
    const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures - 1, 30));
    return delay * (0.5 + this.#deps.random.fraction() / 2);
  }

  #resolveIfIdle(): void {
    if (this.#stopped && this.#working === 0) this.#idle();
  }
}
