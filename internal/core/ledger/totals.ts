import { halfSipHash } from "../hash.ts";
import { PAGE_BITS, PageGroups, pageOf } from "../page_groups.ts";
import { type CounterTotal, sizeOfCounter } from "./counter_total.ts";
import { PageTotals } from "./page_totals.ts";
import { RegionNames } from "./region_names.ts";

/** Pages of a ledger, always. With 300 counters most are empty, with a million each has about 250 counters. */
export const PAGES = 2 ** PAGE_BITS;
/** A page has sixteen sections, by the bits of the hash that follow. With a million counters each has about 15. */
const SECTION_BITS = PAGE_BITS + 4;
const SECTIONS_IN_PAGE = 2 ** (SECTION_BITS - PAGE_BITS);
/** Counters of pages that are kept together, at most. For a page or two, three counters would take less memory than what holds them. */
const MOST_TOGETHER = 256;

/**
 * Committed totals of all counters, in pages by a hash of their names. It is built for a million counters: names and numbers are bytes in a few
 * arrays, because a `Map` with a string and a bigint for each counter takes six times as much memory, and the garbage collector walks all of
 * it.
 *
 * Invariant: `sumOf(section)` is the sum of the section's totals. `addUp` counts them again, so that a total that changed by itself is found.
 */
export class Totals {
  /**
   * Key of the pages' hash: 16 hex digits, a secret of the ledger. Without it, names could be chosen that fill one page.
   */
  readonly seed: string;
  readonly #keys: readonly [number, number];
  readonly #regions = new RegionNames();
  readonly #groups = new PageGroups(new PageTotals(this.#regions, 0), (group) => group.halves());
  /** Of sections with counters. */
  readonly #sums = new Map<number, bigint>();
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

  /** The section of a counter, whether it exists or not. */
  sectionOf(counter: string): number {
    return sectionOf(this.#hash(counter));
  }

  has(counter: string): boolean {
    const hash = this.#hash(counter);
    return this.#groups.of(pageOf(hash)).has(counter, hash);
  }

  get(counter: string): CounterTotal | undefined {
    const hash = this.#hash(counter);
    return this.#groups.of(pageOf(hash)).get(counter, hash);
  }

  /** Replaces a counter's total, in all its regions. A region's total must be below 2^64. */
  set(counter: string, total: CounterTotal): void {
    const hash = this.#hash(counter);
    const before = this.#groupFor(pageOf(hash), 1).set(counter, hash, total);
    if (before) this.#account(hash, counter, before, -1);
    this.#account(hash, counter, total, 1);
  }

  /**
   * Replaces the totals of regions that the counter has already. False, and nothing changes, if it has another generation, or not all of these
   * regions.
   */
  update(counter: string, total: CounterTotal): boolean {
    const hash = this.#hash(counter);
    const more = this.#groups.of(pageOf(hash)).update(counter, hash, total);
    if (more !== null) this.#addTo(hash, more);
    return more !== null;
  }

  /**
   * Adds the counters of one page, faster than one by one. Returns the first that belongs to another page or is here already, and adds none from there
   * on; null if it added all.
   */
  addPage(number: number, counters: readonly (readonly [string, CounterTotal])[]): string | null {
    const group = this.#groupFor(number, counters.length);
    group.reserve(counters);
    for (const [counter, total] of counters) {
      const hash = this.#hash(counter);
      if (pageOf(hash) !== number || group.has(counter, hash)) return counter;
      group.set(counter, hash, total);
      this.#account(hash, counter, total, 1);
    }
    return null;
  }

  delete(counter: string): void {
    const hash = this.#hash(counter);
    const group = this.#groups.of(pageOf(hash));
    const before = group.delete(counter, hash);
    if (!before) return;
    this.#account(hash, counter, before, -1);
    const [another] = group.counters(sectionOf(hash), SECTION_BITS);
    if (!another) this.#sums.delete(sectionOf(hash));
  }

  /** Counters of one page, in no order. */
  counters(page: number): Iterable<[string, CounterTotal]> {
    return this.#groups.of(page).counters(page);
  }

  /** All counters, in no order. */
  *[Symbol.iterator](): Iterator<[string, CounterTotal]> {
    for (const group of this.#groups) yield* group;
  }

  /** Numbers of the pages that have counters, in no order. */
  pages(): Iterable<number> {
    return new Set(this.#sums.keys().map(pageOfSection));
  }

  /** The section's sum, as it was kept while totals changed. */
  sumOf(section: number): bigint {
    return this.#sums.get(section) ?? 0n;
  }

  /** The sum of what the section's totals are now. */
  addUp(section: number): bigint {
    return this.#groups.of(pageOfSection(section)).addUp(section, SECTION_BITS);
  }

  /** The group of a page, divided until `more` counters may be added. */
  #groupFor(page: number, more: number): PageTotals {
    while (this.#groups.of(page).size + more > MOST_TOGETHER && !this.#groups.isAlone(page)) this.#groups.divide(page);
    return this.#groups.of(page);
  }

  #hash(counter: string): number {
    if (counter === this.#hashed) return this.#lastHash;
    this.#hashed = counter;
    this.#lastHash = halfSipHash(counter, this.#keys[0], this.#keys[1]);
    return this.#lastHash;
  }

  #account(hash: number, counter: string, { regions }: CounterTotal, sign: 1 | -1): void {
    this.#size += sign;
    this.#bytes += sign * sizeOfCounter(counter, regions);
    let sum = 0n;
    for (const total of regions.values()) sum += total;
    this.#addTo(hash, sign === 1 ? sum : -sum);
  }

  #addTo(hash: number, more: bigint): void {
    this.#sum += more;
    this.#sums.set(sectionOf(hash), this.sumOf(sectionOf(hash)) + more);
  }
}

/** The sections of a page. */
export function sectionsOf(page: number): number[] {
  return Array.from({ length: SECTIONS_IN_PAGE }, (_, at) => page * SECTIONS_IN_PAGE + at);
}

export function pageOfSection(section: number): number {
  return Math.floor(section / SECTIONS_IN_PAGE);
}

/** The section of a counter with this hash of 32 bits. */
function sectionOf(hash: number): number {
  return hash >>> (32 - SECTION_BITS);
}
