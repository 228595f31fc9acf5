import { halfSipHash } from "../hash.ts";
import type { CounterTotal } from "./counter_total.ts";
import { PageTotals, RegionNames } from "./page_totals.ts";

/** Pages of a ledger, always. With 300 counters most are empty, with a million each has about 250 counters. */
export const PAGES = 4_096;
const PAGE_BITS = 12;

/**
 * Committed totals of all counters, in pages by a hash of their names. It is built for a million counters: names and numbers are bytes in one array
 * for each page, because a `Map` with a string and a bigint for each counter takes six times as much memory, and the garbage collector
 * walks all of it.
 *
 * Invariant: `sumOf(page)` is the sum of the page's totals. `addUp` counts them again, so that a total that changed by itself is found.
 */
export class Totals {
  /**
   * Key of the pages' hash: 16 hex digits, a secret of the ledger. Without it, names could be chosen that fill one page.
   */
  readonly seed: string;
  readonly #keys: readonly [number, number];
  readonly #regions = new RegionNames();
  /** Only pages with counters. */
  readonly #pages = new Map<number, PageTotals>();
  /** The last name that was hashed, and its hash: most work on a counter asks for both its page and its place there. */
  #hashed = "";
  #lastHash: number;
  #size = 0;
  #sum = 0n;
  #bytes = 0;

  constructor(entries: Iterable<readonly [string, CounterTotal]> = [], seed = "0".repeat(16)) {
    this.seed = seed;
    this.#keys = [Number.parseInt(seed.slice(0, 8), 16), Number.parseInt(seed.slice(8), 16)];
    this.#lastHash = halfSipHash(this.#hashed, this.#keys[0], this.#keys[1]);
    for (const [counter, total] of entries) this.set(counter, total);
  }

  /** Number of counters. */
  get size(): number {
    return this.#size;
  }

  /** Sum over all counters and regions. */
  get sum(): bigint {
    return this.#sum;
  }

  /** Upper bound on the bytes that the totals take in the store. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The page of a counter, whether it exists or not. */
  pageOf(counter: string): number {
    return pageOf(this.#hash(counter));
  }

  has(counter: string): boolean {
    const hash = this.#hash(counter);
    return this.#pages.get(pageOf(hash))?.has(counter, hash) ?? false;
  }

  get(counter: string): CounterTotal | undefined {
    const hash = this.#hash(counter);
    return this.#pages.get(pageOf(hash))?.get(counter, hash);
  }

  /** Replaces a counter's total, in all its regions. A region's total must be below 2^64. */
  set(counter: string, total: CounterTotal): void {
    const hash = this.#hash(counter);
    const page = this.#pageAt(pageOf(hash));
    this.#change(page, () => page.set(counter, hash, total));
  }

  /**
   * Replaces the totals of regions that the counter has already. False, and nothing changes, if it has another generation, or not all of these
   * regions.
   */
  update(counter: string, total: CounterTotal): boolean {
    const hash = this.#hash(counter);
    const page = this.#pages.get(pageOf(hash));
    if (!page) return false;
    const { sum } = page;
    const isThere = page.update(counter, hash, total);
    this.#sum += page.sum - sum;
    return isThere;
  }

  /**
   * Adds the counters of one page, faster than one by one. Returns the first that belongs to another page or is here already, and adds none from there
   * on; null if it added all.
   */
  addPage(number: number, counters: readonly (readonly [string, CounterTotal])[]): string | null {
    if (counters.length === 0) return null;
    const page = this.#pageAt(number);
    let wrong: string | null = null;
    this.#change(page, () => {
      page.reserve(counters);
      for (const [counter, total] of counters) {
        const hash = this.#hash(counter);
        wrong = pageOf(hash) !== number || page.has(counter, hash) ? counter : null;
        if (wrong !== null) return;
        page.set(counter, hash, total);
      }
    });
    if (page.size === 0) this.#pages.delete(number);
    return wrong;
  }

  delete(counter: string): void {
    const hash = this.#hash(counter);
    const page = this.#pages.get(pageOf(hash));
    if (!page) return;
    this.#change(page, () => page.delete(counter, hash));
    if (page.size === 0) this.#pages.delete(pageOf(hash));
  }

  /** Counters of one page, in no order. */
  *counters(page: number): Iterable<[string, CounterTotal]> {
    yield* this.#pages.get(page) ?? [];
  }

  /** All counters, page by page. */
  *[Symbol.iterator](): Iterator<[string, CounterTotal]> {
    for (const page of this.#pages.values()) yield* page;
  }

  /** Numbers of the pages that have counters, in no order. */
  pages(): Iterable<number> {
    return this.#pages.keys();
  }

  /** The page's sum, as it was kept while totals changed. */
  sumOf(page: number): bigint {
    return this.#pages.get(page)?.sum ?? 0n;
  }

  /** The sum of what the page's totals are now. */
  addUp(page: number): bigint {
    return this.#pages.get(page)?.addUp() ?? 0n;
  }

  #pageAt(number: number): PageTotals {
    let page = this.#pages.get(number);
    if (!page) {
      page = new PageTotals(this.#regions);
      this.#pages.set(number, page);
    }
    return page;
  }

  #hash(counter: string): number {
    if (counter === this.#hashed) return this.#lastHash;
    this.#hashed = counter;
    this.#lastHash = halfSipHash(counter, this.#keys[0], this.#keys[1]);
    return this.#lastHash;
  }

  #change(page: PageTotals, action: () => void): void {
    const { size, sum, bytes } = page;
    action();
    this.#size += page.size - size;
    this.#sum += page.sum - sum;
    this.#bytes += page.bytes - bytes;
  }
}

function pageOf(hash: number): number {
  return hash >>> (32 - PAGE_BITS);
}
