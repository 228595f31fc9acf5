import { contentOf, type KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { KeyedOutcome } from "../../internal/ports/counting.ts";

/** Requests with one key, and what they were answered. */
interface KeyBook {
  requests: number;
  /** Answers that say of their request that it was not counted. */
  uncounted: number;
  /** Answers that say that this key was counted now, and not before. */
  first: number;
  /** Whether one was told that nobody ever counts this key again. */
  expired: boolean;
}

/** A counted request in the books: a log of its own, whose hits are all counted at once. */
export interface KeyedLog {
  readonly log: string;
  readonly counter: string;
  readonly by: number;
}

/**
 * What clients sent with idempotency keys and what they were told. A key counts at most once in one ledger, for one of its requests; if any
 * answer says that it counted, exactly once. If every request with a key was answered "not counted", it never counts.
 */
export class KeyedBook {
  readonly #broken: (how: string) => void;
  readonly #keys = new Map<KeyId, KeyBook>();
  readonly #contents = new Map<string, KeyedLog>();
  /** Keys that any ledger of this history has counted. */
  readonly #everCounted = new Set<KeyId>();
  /** Whether a ledger was taken away: what was said of it does not bind the next one. */
  #isLost = false;
  readonly answers = new Map<string, number>();

  constructor(broken: (how: string) => void) {
    this.#broken = broken;
  }

  /** A client sends a request. Returns it as a log, and whether it is the first with this key and content. */
  sends(key: KeyId, counter: string, by: number): KeyedLog & { readonly isNew: boolean } {
    const book = this.#of(key);
    book.requests++;
    const log = logOf(key, contentOf(counter, by));
    const isNew = !this.#contents.has(log);
    const keyed = { log, counter, by };
    this.#contents.set(log, keyed);
    return { ...keyed, isNew };
  }

  /** `isCurrent`: whether the store has the ledger that the node knows. What it says of a lost one does not bind the next. */
  answered(name: string, key: KeyId, outcome: KeyedOutcome, isCurrent: boolean): void {
    const book = this.#of(key);
    const kind = outcome.accepted
      ? outcome.duplicate
        ? "duplicate"
        : "counted"
      : `${outcome.reason} ${outcome.counted}`;
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
    if (outcome.accepted) {
      if (!outcome.duplicate) book.first++;
      if (book.first > 1 && !this.#isLost) this.#broken(`${name} says that key ${key} was not counted before, again`);
      return;
    }
    if (outcome.counted === false) book.uncounted++;
    if (outcome.reason === "expired" && isCurrent) book.expired = true;
  }

  /** The ledger counts these keys. Returns their requests. */
  counts(keys: Iterable<readonly [KeyId, number]>): KeyedLog[] {
    return [...keys].flatMap(([key, content]) => {
      const log = this.#contents.get(logOf(key, content));
      if (!log) this.#broken(`key ${key} was counted for something that nobody sent with it`);
      if (this.#of(key).expired) this.#broken(`key ${key} was counted after somebody was told that it has expired`);
      this.#everCounted.add(key);
      return log ?? [];
    });
  }

  /** The store's ledger is taken away, or put back to an older one. */
  lost(): void {
    this.#isLost = true;
    for (const book of this.#keys.values()) book.expired = false;
  }

  /** Call at the end. */
  check(): void {
    for (const [key, { requests, uncounted }] of this.#keys)
      if (requests === uncounted && this.#everCounted.has(key))
        this.#broken(`key ${key} was counted, and all of its ${requests} requests were told that they were not`);
  }

  #of(key: KeyId): KeyBook {
    const book = this.#keys.get(key) ?? { requests: 0, uncounted: 0, first: 0, expired: false };
    this.#keys.set(key, book);
    return book;
  }
}

function logOf(key: KeyId, content: number): string {
  return `key ${key} ${content}`;
}
