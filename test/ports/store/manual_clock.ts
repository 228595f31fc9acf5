import type { Clock } from "../../../internal/ports/clock.ts";

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

/** A clock that moves only when a test moves it. */
export class ManualClock implements Clock {
  #monotonic = 0;
  #wall = 1_700_000_000_000;
  readonly #timers = new Set<Timer>();

  monotonic(): number {
    return this.#monotonic;
  }

  wall(): number {
    return this.#wall;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#monotonic + ms, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  endOfTurn(task: () => void): void {
    setImmediate(task);
  }

  /** Steps the wall clock, as an operator or a time service may. Timers are not touched. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }

  /** Lets `ms` pass: runs what falls due, in order, each with what it starts. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#wall += next.at - this.#monotonic;
      this.#monotonic = next.at;
      next.task();
    }
    this.#wall += end - this.#monotonic;
    this.#monotonic = end;
  }
}
