import type { Followers } from "./followers.ts";

/** The format of the ledger that this release writes when all nodes can. */
const FORMAT = 2;

/**
 * Whether a ledger of format 1 may be converted: every listed node was heard and knows format 2, and this has been so for a while
 * (docs/protocol.md, Convert). Otherwise a node of the release 0.1.0 could win the key of a ledger that it cannot read, and keep it (H60).
 */
export class FormatConsent {
  readonly #delayMs: number;
  #since: number | null = null;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Call once a round. `now`: monotonic milliseconds. */
  isGiven(followers: Followers, now: number): boolean {
    const all = followers.all();
    const everyone = followers.complete && all.length > 0 && all.every(({ ready, knows }) => ready && knows >= FORMAT);
    this.#since = everyone ? (this.#since ?? now) : null;
    return this.#since !== null && now - this.#since >= this.#delayMs;
  }
}
