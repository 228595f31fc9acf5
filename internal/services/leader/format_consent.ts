import type { Followers } from "./followers.ts";

/** The format of the ledger that this release writes when all nodes can. */
const FORMAT = 2;
/** Nodes that a publication names: a thousand would make it large. */
const MAX_NAMED = 10;

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
    const everyone = followers.complete && followers.all().length > 0 && this.waitsFor(followers).length === 0;
    this.#since = everyone ? (this.#since ?? now) : null;
    return this.#since !== null && now - this.#since >= this.#delayMs;
  }

  /** Names of some of the nodes for which the conversion waits. */
  waitsFor(followers: Followers): string[] {
    const missing = followers.all().filter(({ ready, knows }) => !ready || knows < FORMAT);
    return missing.slice(0, MAX_NAMED).map(({ member }) => member.name);
  }
}
