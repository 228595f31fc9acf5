/** Bytes of totals that a leader sends per second. More make the next round later, as more than the write budget do. */
const PUBLISH_BUDGET = 64 << 20;

/** The time between two rounds. Rounds that write or send much make it longer. */
export class RoundInterval {
  readonly #shortest: number;
  readonly #writeBudget: number;
  #ms: number;

  /** `shortest`: milliseconds. `writeBudget`: bytes per second. */
  constructor(shortest: number, writeBudget: number) {
    this.#shortest = shortest;
    this.#writeBudget = writeBudget;
    this.#ms = shortest;
  }

  /** Milliseconds from the beginning of the present round to the next one. */
  get ms(): number {
    return this.#ms;
  }

  /** The round wrote this many bytes to the store. */
  wrote(bytes: number): void {
    this.#ms = Math.max(this.#shortest, (bytes / this.#writeBudget) * 1000);
  }

  /** The round sent this many bytes to nodes. */
  sent(bytes: number): void {
    this.#ms = Math.max(this.#ms, msToSend(bytes));
  }
}

/** Milliseconds that this many bytes take in the budget for sending. */
export function msToSend(bytes: number): number {
  return (bytes / PUBLISH_BUDGET) * 1000;
}
