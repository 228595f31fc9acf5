import type { Clock } from "../../ports/clock.ts";

/** A sleep that `wake` can end early. One at a time. */
export class InterruptibleSleep {
  #wake: (() => void) | null = null;

  async sleep(ms: number, clock: Clock): Promise<void> {
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
