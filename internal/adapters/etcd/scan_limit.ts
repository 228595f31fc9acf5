/** What a key and its value may have in the first answer, in bytes. */
const FIRST_BYTES = 64 * 1024;
/** etcd takes no larger entry, unless its --max-request-bytes is raised. */
const MAX_BYTES = 1536 * 1024;
/** By how much an expectation changes at most with one answer. */
const STEP = 4;
/** By how much pieces grow with each answer, after one did not come in time. */
const GROWTH = 1.1;
const MAX_KEYS = 1_000;

/**
 * Number of keys to ask for in a range call. etcd bounds an answer by the number of its keys, not by its bytes, so their number follows
 * from the largest entry of the last answer. An answer may still be larger than wanted: the next entries may be larger than those before.
 */
export class ScanLimit {
  /** Expected size of the largest of the next entries. */
  #entryBytes = FIRST_BYTES;
  /** What the link can carry in the time of one call, as far as failures have shown. */
  #linkBytes = Infinity;

  /** Number of keys whose entries have about `maxBytes` together; at least 1. */
  keys(maxBytes: number): number {
    const keys = Math.floor(Math.min(maxBytes, this.#linkBytes) / this.#entryBytes);
    return Math.min(MAX_KEYS, Math.max(1, keys));
  }

  /** An answer came, whose largest entry has `largest` bytes. */
  answered(largest: number): void {
    this.#entryBytes = Math.max(largest, this.#entryBytes / STEP);
    this.#linkBytes *= GROWTH;
  }

  /** An answer was refused because of its size. */
  tooLarge(): void {
    this.#entryBytes = Math.min(MAX_BYTES, this.#entryBytes * STEP);
  }

  /** A request for this many keys got no answer. The link may be too slow for it. */
  unanswered(keys: number): void {
    this.#linkBytes = Math.max(FIRST_BYTES, (keys * this.#entryBytes) / STEP);
  }
}
