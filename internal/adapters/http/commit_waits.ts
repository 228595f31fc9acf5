import { Problem } from "./problem.ts";
import { tooManyWaiting } from "./problems.ts";

/** Requests with `?wait=committed` on a node at the same time. Each takes about 5 kB for a round, or for the deadline. */
const MAX_WAITS = 8_192;

/** The requests that wait for a commit, or will when their body is here. */
export class CommitWaits {
  readonly #max: number;
  #count = 0;

  constructor(max = MAX_WAITS) {
    this.#max = max;
  }

  /** Runs `work` as one of them. Throws Problem if there are too many, before anything is counted. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#max) throw new Problem(tooManyWaiting(this.#max));
    this.#count += 1;
    return work().finally(() => {
      this.#count -= 1;
    });
  }
}
