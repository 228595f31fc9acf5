/** Longest step of `keysForgottenTo` in one transaction. */
const MAX_STEP_MS = 20_000;
/** It moves at most this many times as fast as the leader's monotonic clock. */
const MAX_SPEED = 2;

/** The middle of some clocks; of two in the middle, the earlier. A few wrong clocks do not move it. */
export function medianOf(clocks: readonly number[]): number {
  const sorted = [...clocks].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
}

/**
 * How far one leader may move the time up to which something is forgotten: keys or visitors. That time never goes back, so its speed and its step are bounded: clocks that are a day ahead
 * would otherwise refuse every key for a day.
 */
export class Forgetting {
  /** Monotonic milliseconds of the last move, or of when this leader read the ledger. */
  #movedAt: number;

  readonly #maxStep: number;

  /** `maxStep`: longest step in one transaction, in milliseconds. */
  constructor(now: number, maxStep = MAX_STEP_MS) {
    this.#maxStep = maxStep;
    this.#movedAt = now;
  }

  /** Where it may go from `from` towards `target` now. The first move, from 0, is free: no key was counted before. */
  next(from: number, target: number, now: number): number {
    if (from === 0 || target <= from) return Math.max(from, Math.floor(target));
    const step = Math.min(this.#maxStep, MAX_SPEED * (now - this.#movedAt));
    return Math.floor(Math.min(target, from + step));
  }

  /**
   * Call once a transaction that moved it is committed. `by`: how far it moved; then it may make up later for what it did not move now. Without
   * `by` it may not.
   */
  moved(now: number, by = Number.POSITIVE_INFINITY): void {
    this.#movedAt = Math.min(now, this.#movedAt + by / MAX_SPEED);
  }
}
