/** What a key and its value may have in the first answer, in bytes. */
const FIRST_BYTES = 64 * 1024;
/** etcd takes no larger entry, unless its --max-request-bytes is raised. */
const MAX_BYTES = 1536 * 1024;
/** By how much the expectation falls with an answer, and rises with a failure. */
const STEP = 4;
const MAX_KEYS = 1_000;

/**
 * Number of keys to ask for in a range call. etcd bounds an answer by the number of its keys, not by its bytes, so their number follows
 * from the largest entry of the last answer. An answer may still be larger than wanted: the next entries may be larger than those before.
 */
export class ScanLimit {
  /** Expected size of the largest of the next entries. */
  #bytes = FIRST_BYTES;

  /** Number of keys whose entries have about `maxBytes` together; at least 1. */
  keys(maxBytes: number): number {
    return Math.min(MAX_KEYS, Math.max(1, Math.floor(maxBytes / this.#bytes)));
  }

  /** An answer came, whose largest entry has `largest` bytes. */
  answered(largest: number): void {
    this.#bytes = Math.max(largest, this.#bytes / STEP);
  }

  /** No answer came: it was too large, or too large for a slow link. */
  failed(): void {
    this.#bytes = Math.min(MAX_BYTES, this.#bytes * STEP);
  }
}
