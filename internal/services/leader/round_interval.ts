/** Bytes of totals that a leader sends per second. More make the next round later, as more than the write budget do. */
const PUBLISH_BUDGET = 64 << 20;

/** The time between two rounds. Rounds that write or send much make it longer. */
export class RoundInterval {
  readonly #shortest: number;
  readonly #writeBudget: number;
  readonly #importBudget: number;
  #ms: number;

  /** `shortest`: milliseconds. Budgets: bytes per second; `importBudget` is for rounds that do a part of an import. */
  constructor(shortest: number, writeBudget: number, importBudget: number) {
    this.#shortest = shortest;
    this.#writeBudget = writeBudget;
    this.#importBudget = Math.max(writeBudget, importBudget);
    this.#ms = shortest;
  }

  /** Milliseconds from the beginning of the present round to the next one. */
  get ms(): number {
    return this.#ms;
  }

  /** The round wrote this many bytes to the store. `imports`: whether a part of an import was among them. */
  wrote(bytes: number, imports = false): void {
    const budget = imports ? this.#importBudget : this.#writeBudget;
    this.#ms = Math.max(this.#shortest, (bytes / budget) * 1000);
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
