/** A leader that could not commit, or could not reach most nodes, for this long lets another node lead. */
const STALL_TIMEOUT_MS = 10_000;
/** How long a leader may go on connecting to more nodes without a commit. A thousand handshakes take 10 s of a core. */
const CONNECTING_MS = 60_000;
/** Limit of doublings of the timeout for unreachable nodes. */
const MAX_DOUBLINGS = 6;

/** Detects a leader that holds the key and gets nothing done. Times are monotonic milliseconds. */
export class StallDetector {
  readonly #begunAt: number;
  #progressedAt: number;
  #reachedAt: number;
  /** The most nodes that were connected at a time. */
  #mostReached = 0;
  readonly #reachTimeoutMs: number;

  /**
   * `unproductiveTerms`: this node's unproductive terms in a row. Each doubles the timeout for unreachable nodes: no other node could
   * lead, so they may be pods of a dead machine, which stay listed for minutes.
   */
  constructor(now: number, unproductiveTerms: number) {
    this.#reachTimeoutMs = STALL_TIMEOUT_MS * 2 ** Math.min(unproductiveTerms, MAX_DOUBLINGS);
    this.#begunAt = now;
    this.#progressedAt = now;
    this.#reachedAt = now;
  }

  /** Call when the leader committed, had nothing to commit, or no other leader could do more. */
  progressed(now: number): void {
    this.#progressedAt = now;
  }

  /** Call with the number of nodes that are connected, and of those listed. A new leader that connects to more of them makes progress. */
  reached(reached: number, listed: number, now: number): void {
    if (reached * 2 >= listed) this.#reachedAt = now;
    if (reached > this.#mostReached && now - this.#begunAt < CONNECTING_MS) this.#progressedAt = this.#reachedAt = now;
    this.#mostReached = Math.max(this.#mostReached, reached);
  }

  /** Why another node should lead, in words; null if this one may go on. */
  stallReason(now: number): string | null {
    if (now - this.#progressedAt > STALL_TIMEOUT_MS) return `could not commit for ${STALL_TIMEOUT_MS / 1000} s`;
    if (now - this.#reachedAt <= this.#reachTimeoutMs) return null;
    return `could not reach most nodes for ${this.#reachTimeoutMs / 1000} s`;
  }
}
