import { BrokenInvariant } from "../../core/invariant.ts";
import type { Logger } from "../../ports/logger.ts";

/**
 * Halts the node when its own state contradicts itself. A halted node acknowledges nothing, commits nothing and offers nothing. Its journals
 * stay as they are, and the next process begins from them.
 */
export class FailStop {
  readonly #logger: Logger;
  readonly #stop: (reason: string) => void;
  /** Number of broken invariants found. */
  broken = 0;

  /** `stop` is called once, with a reason for people, when the first broken invariant is found. */
  constructor(logger: Logger, stop: (reason: string) => void) {
    this.#logger = logger;
    this.#stop = stop;
  }

  get halted(): boolean {
    return this.broken > 0;
  }

  /** Runs `action` and returns its result. If it finds a broken invariant, the node halts, and the result is `otherwise`. */
  guard<T>(action: () => T, otherwise: T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      this.halt(error);
      return otherwise;
    }
  }

  /** Halts the node, and logs the broken invariant. */
  halt(error: BrokenInvariant): void {
    this.#logger.error("node halted: its state contradicts itself; it takes no more hits until it is restarted", {
      invariant: error.message,
      stack: error.stack,
    });
    if (++this.broken === 1) this.#stop("this node halted: its state contradicts itself");
  }
}
