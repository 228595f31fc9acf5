import type { Clock } from "../../ports/clock.ts";

/** Waits until every one of a set has been heard, or patience ends. */
export class Roll<T> {
  #missing = new Set<T>();
  #complete: (() => void) | null = null;

  /** Resolves when `answered` was called for each of `awaited`, after `patience` milliseconds at the latest. */
  async call(awaited: Iterable<T>, patience: number, clock: Clock): Promise<void> {
    this.#missing = new Set(awaited);
    if (this.#missing.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(patience, resolve);
      this.#complete = () => {
        cancel();
        resolve();
      };
    });
    this.#complete = null;
  }

  answered(one: T): void {
    this.#missing.delete(one);
    if (this.#missing.size === 0) this.#complete?.();
  }
}

/** A sleep that can be cut short. */
export class Nap {
  #wake: (() => void) | null = null;

  async take(ms: number, clock: Clock): Promise<void> {
    if (ms <= 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = null;
  }

  wake(): void {
    this.#wake?.();
  }
}
