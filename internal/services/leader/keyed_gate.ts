import type { Ledger } from "../../core/ledger/ledger.ts";
import type { KeyedLedger } from "../../core/ledger/snapshot.ts";
import type { Follower } from "./follower.ts";

/** Nodes that a publication names: a thousand would make it large. */
const MAX_NAMED = 10;

/**
 * Whether keyed hits may be counted. Once a ledger has counted one, only programs that know keys can read it. So the first one waits until
 * every listed node has been heard and knows them, for a while without a break. Otherwise a node of the release 0.1.0 could win the leader
 * key of a ledger that it cannot read.
 */
export class KeyedGate {
  readonly #pause: number;
  /** Monotonic milliseconds since when all listed nodes know keys; null: some do not. */
  #since: number | null = null;

  /** `pause`: milliseconds for which all nodes must have known keys. */
  constructor(pause: number) {
    this.#pause = pause;
  }

  /** Call once a round. Returns what to publish. */
  check({ keysForgottenTo }: Ledger, followers: readonly Follower[], now: number): KeyedLedger {
    if (keysForgottenTo > 0) return { forgottenTo: keysForgottenTo, waitsFor: [] };
    const waitsFor = followers.filter((follower) => !knowsKeys(follower)).map(({ member }) => member.name);
    this.#since = waitsFor.length > 0 || followers.length === 0 ? null : (this.#since ?? now);
    const isOpen = this.#since !== null && now - this.#since >= this.#pause;
    return { forgottenTo: isOpen ? 0 : null, waitsFor: waitsFor.slice(0, MAX_NAMED) };
  }
}

/** A node that says what its clock says knows keys. */
function knowsKeys({ report }: Follower): boolean {
  return report?.clock != null;
}
