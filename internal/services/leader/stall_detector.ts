/** With work waiting and no commit, or most nodes out of reach, for this long, a leader makes room for another, in milliseconds. */
const PATIENCE = 10_000;
/** Doublings of the patience with nodes that are out of reach. */
const MOST_DOUBLINGS = 6;

/** Whether a leader that holds the key still gets anything done with it. Times are monotonic milliseconds. */
export class Usefulness {
  #didAt: number;
  #reachedAt: number;
  readonly #reachPatience: number;

  /**
   * `tries`: how often in a row this node has made room already. Nobody else was there to lead, then: those out of reach may be pods of a
   * machine that died, which stay listed for minutes.
   */
  constructor(now: number, tries: number) {
    this.#reachPatience = PATIENCE * 2 ** Math.min(tries, MOST_DOUBLINGS);
    this.#didAt = now;
    this.#reachedAt = now;
  }

  /** It committed, or there was nothing to commit, or no other leader could do more. */
  did(now: number): void {
    this.#didAt = now;
  }

  /** `reached` of `listed` nodes could be asked. */
  saw(reached: number, listed: number, now: number): void {
    if (reached * 2 >= listed) this.#reachedAt = now;
  }

  /** Why another node should lead, in words, or null as long as this one may. */
  trouble(now: number): string | null {
    if (now - this.#didAt > PATIENCE) return `could not commit for ${PATIENCE / 1000} s`;
    if (now - this.#reachedAt <= this.#reachPatience) return null;
    return `could not reach most nodes for ${this.#reachPatience / 1000} s`;
  }
}
