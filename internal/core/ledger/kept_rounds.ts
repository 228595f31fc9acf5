/**
 * Which rounds the store still has, which pages it has, and which pages lack what rounds changed. All versions of a ledger share one object, as
 * they share their totals.
 *
 * Invariant: a page in `unfolded` lacks what some round from that version on changed, and no earlier one. A page that is not there lacks nothing.
 */
export class KeptRounds {
  readonly #sizes = new Map<number, number>();
  readonly #unfolded = new Map<number, number>();
  readonly #pages = new Set<number>();
  #bytes = 0;

  /** Bytes of all kept rounds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of kept rounds. */
  get size(): number {
    return this.#sizes.size;
  }

  /** The first version that each page lacks. */
  get unfolded(): ReadonlyMap<number, number> {
    return this.#unfolded;
  }

  /** The pages that the store has. */
  get pages(): ReadonlySet<number> {
    return this.#pages;
  }

  /** A round of `bytes` bytes was written, which changed `pages`. Call in the order of versions. */
  add(version: number, bytes: number, pages: Iterable<number>): void {
    this.#sizes.set(version, bytes);
    this.#bytes += bytes;
    for (const page of pages) if (!this.#unfolded.has(page)) this.#unfolded.set(page, version);
  }

  /** The store's page has all rounds. */
  folded(page: number): void {
    this.#pages.add(page);
    this.#unfolded.delete(page);
  }

  /** Rounds before `tail` are deleted. */
  dropBefore(tail: number): void {
    for (const [version, bytes] of this.#sizes) {
      if (version >= tail) return;
      this.#sizes.delete(version);
      this.#bytes -= bytes;
    }
  }
}
