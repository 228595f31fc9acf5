import { PAGE_BITS, PageGroups } from "../page_groups.ts";
import { DayBlock, SEARCHED_BYTES } from "./day_block.ts";

/** Bytes that a page takes beside its records, in memory and in the store: the name of its entry, its first line, and what holds it. */
const PAGE_OVERHEAD = 200;
/** A block of several pages is divided when it is larger: up to this size it needs no table of its own. */
const MOST_TOGETHER_BYTES = SEARCHED_BYTES;

/** The hits of one day, in blocks of one page, or of neighbouring pages that have few. */
export class DayPages {
  readonly #pageOf: (counter: string) => number;
  readonly #blocks: PageGroups<DayBlock>;
  readonly #pages = new Set<number>();
  /** Pages of which the store's entry of this day lacks something. */
  readonly unwritten = new Set<number>();
  #blockBytes = 0;

  constructor(pageOf: (counter: string) => number) {
    this.#pageOf = pageOf;
    const bitOf = (counter: string, bits: number) => ((pageOf(counter) >>> (PAGE_BITS - 1 - bits)) & 1) as 0 | 1;
    this.#blocks = new PageGroups(new DayBlock(), (block, bits) => block.halves((counter) => bitOf(counter, bits)));
  }

  /** Bytes that they take, about: in memory, and in the store. */
  get bytes(): number {
    return this.#blockBytes + PAGE_OVERHEAD * this.#pages.size;
  }

  /** Pages that have records. */
  get pages(): ReadonlySet<number> {
    return this.#pages;
  }

  /** Each block once. */
  get blocks(): Iterable<DayBlock> {
    return this.#blocks;
  }

  /** The block that has the counters of a page, and maybe others. */
  blockOf(page: number): DayBlock {
    return this.#blocks.of(page);
  }

  /** Changes the block that has the counters of a page. `more`: bytes that it gets, if that is known. Then it is divided while it is small. */
  change<T>(page: number, action: (block: DayBlock) => T, more = 0): T {
    if (more > 0) this.#divideIfLarge(page, more);
    const block = this.#blocks.of(page);
    const { size } = block;
    const done = action(block);
    this.#blockBytes += block.size - size;
    if (!this.#pages.has(page) && this.copy(page).size > 0) this.#pages.add(page);
    this.#divideIfLarge(page, 0);
    return done;
  }

  /** A copy of what one page has. */
  copy(page: number): DayBlock {
    const block = this.#blocks.of(page);
    return this.#blocks.isAlone(page) ? block.copy() : block.part((counter) => this.#pageOf(counter) === page);
  }

  #divideIfLarge(page: number, more: number): void {
    while (this.#blocks.of(page).size + more > MOST_TOGETHER_BYTES && !this.#blocks.isAlone(page)) {
      this.#blockBytes -= this.#blocks.of(page).size;
      const halves = this.#blocks.divide(page);
      for (const { size } of halves) this.#blockBytes += size;
    }
  }
}
