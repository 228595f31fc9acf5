import { hourAt } from "../../core/days/hour.ts";
import { type KeyId, timeOfKey } from "../../core/keys/idempotency_key.ts";
import type { KeyedHit, KeyedOffers, KeyedVerdicts, KeyVerdict } from "../../core/keys/keyed_hit.ts";
import type { KeyedLedger } from "../../core/ledger/snapshot.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { CounterValue, KeyedAnswer, KeyedOutcome } from "../../ports/counting.ts";
import type { ClusterCache } from "./cluster_cache.ts";
import type { Counters } from "./counters.ts";
import type { Hits } from "./hits.ts";

/** A request is answered after this time, whatever is known by then. */
const DEADLINE_MS = 10_000;
/** Requests that wait on one node. */
const MAX_WAITING = 10_000;
/** States of the store in which a leader can be expected to commit. */
const COMMITTING: ReadonlySet<string> = new Set(["ok", "founding", "unknown"]);

export interface KeyedHitsDeps {
  /** Random id of this process. */
  readonly life: string;
  readonly region: string;
  readonly counters: Counters;
  readonly hits: Hits;
  readonly clusterCache: ClusterCache;
  readonly clock: Clock;
}

interface Waiting extends KeyedHit {
  /** See `Counters.reserve`. */
  readonly reserved: boolean;
  /** How often a leader was told of it. */
  offered: number;
  readonly until: number;
  readonly done: (outcome: KeyedOutcome) => void;
}

/**
 * Requests with an idempotency key. They are acknowledged when they are committed, and not before (docs/protocol.md, Keyed hits). So they
 * need no journal: a node that dies takes only requests that nobody was answered, and their senders ask again.
 *
 * - K1 Each request is an offer of its own, with a number. A verdict names the number, because two requests may have one key.
 * - K2 Each reply to a collect has every offer that waits, until a verdict comes or its deadline.
 * - K3 What is said about a request is never more than is known: `counted` is `false` only if it certainly was not counted.
 */
export class KeyedHits {
  readonly #deps: KeyedHitsDeps;
  readonly #waiting = new Map<number, Waiting>();
  #numbers = 0;
  #cancelTimeout: Cancel | null = null;
  readonly answers: Record<KeyedAnswer, number> = {
    counted: 0,
    duplicate: 0,
    reused: 0,
    expired: 0,
    refused: 0,
    unknown: 0,
  };
  /** What the newest adopted snapshot says of keyed hits; null: its leader does not know them. */
  ledger: KeyedLedger | null = null;

  constructor(deps: KeyedHitsDeps) {
    this.#deps = deps;
  }

  /** Requests that wait for a verdict. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** See `Counting.keyedHit`. */
  hit(counter: string, by: number, key: KeyId, done: (outcome: KeyedOutcome) => void): void {
    const refusal = this.refusal(counter, key);
    if (refusal !== null) {
      this.answers[answerOf(refusal)]++;
      return done(refusal);
    }
    const reserved = this.#deps.counters.reserve(counter);
    const number = ++this.#numbers;
    const until = this.#deps.clock.monotonic() + DEADLINE_MS;
    const hour = hourAt(this.#deps.clock.wall());
    this.#waiting.set(number, { number, key, counter, by, hour, reserved, offered: 0, until, done });
    this.#cancelTimeout ??= this.#deps.clock.after(DEADLINE_MS, () => this.#timeOut());
  }

  /** Everything that waits, for a reply to a collect (K2). Null: nothing, or the ledger cannot count it. */
  offer(): KeyedOffers | null {
    if (this.#waiting.size === 0 || this.ledger?.forgottenTo == null) return null;
    const hits = [...this.#waiting.values()];
    for (const waiting of hits) waiting.offered++;
    return { life: this.#deps.life, region: this.#deps.region, hits };
  }

  /** Answers the requests that a leader has judged. Call after the totals of the same publication are adopted. */
  judge({ life, verdicts }: KeyedVerdicts): void {
    if (life !== this.#deps.life) return;
    // Verdicts come by the thousand, and most of them are about few counters.
    const values = new Map<string, CounterValue>();
    for (const [number, verdict] of verdicts) {
      const waiting = this.#waiting.get(number);
      if (waiting) this.#end(waiting, this.#outcomeOf(waiting, verdict, values));
    }
  }

  /** Answers everything that still waits: this process ends, or halted. */
  end(): void {
    for (const waiting of this.#waiting.values()) this.#end(waiting, this.#unanswered(waiting));
  }

  /** Why a request is refused at once; null: it may wait. */
  refusal(counter: string, key: KeyId): KeyedOutcome | null {
    const refused = this.#deps.hits.refusal(counter);
    if (refused !== null) return { ...refused, counted: false };
    const refuse = (reason: "expired" | "store-away" | "too-many-waiting") =>
      ({ accepted: false, reason, counted: false }) as const;
    if (this.#deps.counters.ledger !== null && this.ledger?.forgottenTo == null)
      return { accepted: false, reason: "no-keys-yet", waitsFor: this.ledger?.waitsFor ?? [], counted: false };
    if (timeOfKey(key) <= (this.ledger?.forgottenTo ?? 0)) return refuse("expired");
    if (!COMMITTING.has(this.#deps.clusterCache.store.store)) return refuse("store-away");
    return this.#waiting.size >= MAX_WAITING ? refuse("too-many-waiting") : null;
  }

  /** `values`: those of counters that were looked up. */
  #outcomeOf({ counter, by, offered }: Waiting, verdict: KeyVerdict, values: Map<string, CounterValue>): KeyedOutcome {
    if (verdict === "reused") return { accepted: false, reason: "reused", counted: false };
    // An earlier offer of this request may have counted, and its key may be forgotten since.
    if (verdict === "expired") return { accepted: false, reason: "expired", counted: offered > 1 ? "unknown" : false };
    const duplicate = verdict === "duplicate";
    if (!duplicate) this.#deps.hits.accepted += by;
    const value = values.get(counter) ?? this.#valueOf(counter);
    values.set(counter, value);
    return { accepted: true, duplicate, value };
  }

  #valueOf(counter: string): CounterValue {
    const { committed, pending } = this.#deps.counters.get(counter) ?? { committed: null, pending: 0 };
    return { counter, value: committed === null ? null : committed + BigInt(pending), committed, pending };
  }

  #unanswered({ offered }: Waiting): KeyedOutcome {
    return { accepted: false, reason: "not-answered", counted: offered > 0 ? "unknown" : false };
  }

  #end(waiting: Waiting, outcome: KeyedOutcome): void {
    this.#waiting.delete(waiting.number);
    if (waiting.reserved) this.#deps.counters.release(waiting.counter);
    this.answers[answerOf(outcome)]++;
    waiting.done(outcome);
  }

  /** All wait for the same time, so the first is the next to time out. */
  #timeOut(): void {
    const { clock } = this.#deps;
    const now = clock.monotonic();
    for (const waiting of this.#waiting.values())
      if (waiting.until <= now) this.#end(waiting, this.#unanswered(waiting));
    const [next] = this.#waiting.values();
    this.#cancelTimeout = next ? clock.after(next.until - now, () => this.#timeOut()) : null;
  }
}

function answerOf(outcome: KeyedOutcome): KeyedAnswer {
  if (outcome.accepted) return outcome.duplicate ? "duplicate" : "counted";
  if (outcome.reason === "expired" || outcome.reason === "reused") return outcome.reason;
  return outcome.counted === false ? "refused" : "unknown";
}
