/** With work waiting and no commit, or most nodes out of reach, for this long, a leader makes room for another, in milliseconds. */
const PATIENCE = 10_000;

/** Whether a leader that holds the key still gets anything done with it. Times are monotonic milliseconds. */
export class Usefulness {
  #didAt: number;
  #reachedAt: number;

  constructor(now: number) {
    this.#didAt = now;
    this.#reachedAt = now;
  }

  /** It committed, or there was nothing to commit, or no other leader could do more. */
  did(now: number): void {
    this.#didAt = now;
  }

  /** `reached` of `listed` nodes could be asked. */
  saw(reached: number, listed: number, now: number): void {
    if (reached * 2 > listed || listed === 0) this.#reachedAt = now;
  }

  isOver(now: number): boolean {
    return now - this.#didAt > PATIENCE || now - this.#reachedAt > PATIENCE;
  }
}
