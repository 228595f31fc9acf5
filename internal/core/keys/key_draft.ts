import { type KeyId, timeOfKey } from "./idempotency_key.ts";
import type { KeptKeys } from "./kept_keys.ts";
import type { KeyVerdict } from "./keyed_hit.ts";

/** What decides about keys in one round. Times are in milliseconds since 1970. */
export interface KeyTerms {
  /** Where `keysForgottenTo` goes if this round writes. */
  readonly forgetTo: number;
  /** Keys after this time are not counted yet: their sender's clock is ahead. */
  readonly latest: number;
  /** Keys that the ledger may keep. */
  readonly budget: number;
}

/** `new`: nothing speaks against counting it. `refused`: not now, for lack of room or because it is from the future; it may count later. */
export type KeyPlace = Exclude<KeyVerdict, "counted"> | "new" | "refused";

/**
 * The keys of the next version of a ledger while a round plans it.
 *
 * The order of the questions in `place` matters (docs/protocol.md, Keyed hits). A key that was counted is a duplicate, whatever any clock
 * says. Only then may it be expired, and only by a `keysForgottenTo` that the store has, or will have by the very transaction that is
 * planned: the next leader must find it there. Only then is it a question of clocks and room, which another leader may answer otherwise.
 */
export class KeyDraft {
  readonly #kept: KeptKeys;
  readonly #terms: KeyTerms;
  readonly #forgottenTo: number;
  /** Keys that this version counts, with their content. */
  readonly added = new Map<KeyId, number>();
  /** Whether a verdict was `expired` by where `keysForgottenTo` goes. The transaction must be written then. */
  needsForgetting = false;

  /** `forgottenTo`: the ledger's. */
  constructor(kept: KeptKeys, forgottenTo: number, terms: KeyTerms) {
    this.#kept = kept;
    this.#forgottenTo = forgottenTo;
    this.#terms = terms;
  }

  place(key: KeyId, content: number): KeyPlace {
    const time = timeOfKey(key);
    const known = this.#contentOf(key, time);
    if (known !== undefined) return known === content ? "duplicate" : "reused";
    if (time <= this.#forgottenTo) return "expired";
    if (time <= this.#terms.forgetTo) {
      this.needsForgetting = true;
      return "expired";
    }
    return time > this.#terms.latest || this.#kept.size + this.added.size >= this.#terms.budget ? "refused" : "new";
  }

  add(key: KeyId, content: number): void {
    this.added.set(key, content);
  }

  /** What was counted with this key. A key that is forgotten is in no set, whether its table is dropped yet or not. */
  #contentOf(key: KeyId, time: number): number | undefined {
    return this.added.get(key) ?? (time > this.#forgottenTo ? this.#kept.get(key) : undefined);
  }
}
