import type { Clock } from "../../ports/clock.ts";

/** Waits until each follower of a set has replied, or a timeout passes. */
export class ReplyBarrier<T> {
  #missing = new Set<T>();
  #complete: (() => void) | null = null;

  /** Resolves when `replied` was called for each of `awaited`, or after `timeoutMs`. */
  async wait(awaited: Iterable<T>, timeoutMs: number, clock: Clock): Promise<void> {
    this.#missing = new Set(awaited);
    if (this.#missing.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(timeoutMs, resolve);
      this.#complete = () => {
        cancel();
        resolve();
      };
    });
    this.#complete = null;
  }

  /** Call when `one` has replied, or cannot. */
  replied(one: T): void {
    this.#missing.delete(one);
    if (this.#missing.size === 0) this.#complete?.();
  }
}
