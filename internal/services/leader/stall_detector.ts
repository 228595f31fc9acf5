/** With work waiting and no commit, or most nodes out of reach, for this long, a leader makes room for another, in milliseconds. */
const STALL_TIMEOUT_MS = 10_000;
/** Doublings of the patience with nodes that are out of reach. */
const MAX_DOUBLINGS = 6;

/** Whether a leader that holds the key still gets anything done with it. Times are monotonic milliseconds. */
export class StallDetector {
  #progressedAt: number;
  #reachedAt: number;
  readonly #reachTimeoutMs: number;

  /**
   * `tries`: how often in a row this node has made room already. Nobody else was there to lead, then: those out of reach may be pods of a
   * machine that died, which stay listed for minutes.
   */
  constructor(now: number, tries: number) {
    this.#reachTimeoutMs = STALL_TIMEOUT_MS * 2 ** Math.min(tries, MAX_DOUBLINGS);
    this.#progressedAt = now;
    this.#reachedAt = now;
  }

  /** It committed, or there was nothing to commit, or no other leader could do more. */
  progressed(now: number): void {
    this.#progressedAt = now;
  }

  /** `reached` of `listed` nodes could be asked. */
  reached(reached: number, listed: number, now: number): void {
    if (reached * 2 >= listed) this.#reachedAt = now;
  }

  /** Why another node should lead, in words, or null as long as this one may. */
  stallReason(now: number): string | null {
    if (now - this.#progressedAt > STALL_TIMEOUT_MS) return `could not commit for ${STALL_TIMEOUT_MS / 1000} s`;
    if (now - this.#reachedAt <= this.#reachTimeoutMs) return null;
    return `could not reach most nodes for ${this.#reachTimeoutMs / 1000} s`;
  }
}
