import type { Mark } from "./mark.ts";

/** Marks in one block of memory. */
const BLOCK = 4096;
/** Indexes, by the highest bits of a mark. One that grows takes a few milliseconds, and they do not grow together. */
const INDEX_BITS = 4;
const FIRST_CAPACITY = 8;
/** A fuller index would make every lookup long. */
const MAX_LOAD = 0.75;
const GROWTH = 1.5;

/**
 * Marks in the order in which they were added: 8 bytes each, and 5 to 8 for finding it, where a `Set` takes about 90. Nothing is ever removed
 * from it.
 */
export class MarkSet {
  /** High and low numbers alternate. */
  readonly #blocks: Uint32Array[] = [];
  /** Open addressing with linear probing: places in the order of adding, from 1. Marks are hashes already. */
  readonly #indexes = Array.from({ length: 1 << INDEX_BITS }, () => ({
    places: new Uint32Array(FIRST_CAPACITY),
    size: 0,
  }));
  size = 0;

  has(mark: Mark): boolean {
    const { places } = this.#indexOf(mark);
    return places[this.#find(places, mark)] !== 0;
  }

  /** Adds a mark. False if it is here already: then nothing changes. */
  add(mark: Mark): boolean {
    const index = this.#indexOf(mark);
    if (index.size >= MAX_LOAD * index.places.length) index.places = this.#grown(index.places);
    const at = this.#find(index.places, mark);
    if (index.places[at] !== 0) return false;
    if (this.size % BLOCK === 0) this.#blocks.push(new Uint32Array(2 * BLOCK));
    const block = this.#blocks.at(-1) as Uint32Array;
    block[2 * (this.size % BLOCK)] = mark.high;
    block[2 * (this.size % BLOCK) + 1] = mark.low;
    index.places[at] = ++this.size;
    index.size++;
    return true;
  }

  /** The mark that was added after `place` others. */
  at(place: number): Mark {
    const block = this.#blocks[Math.floor(place / BLOCK)] as Uint32Array;
    const at = 2 * (place % BLOCK);
    return { high: block[at] as number, low: block[at + 1] as number };
  }

  *[Symbol.iterator](): Iterator<Mark> {
    for (let place = 0; place < this.size; place++) yield this.at(place);
  }

  #indexOf({ high }: Mark) {
    return this.#indexes[high >>> (32 - INDEX_BITS)] as { places: Uint32Array; size: number };
  }

  /** Where the place of the mark stands in its index, or the empty slot where it would. */
  #find(places: Uint32Array, mark: Mark): number {
    let at = mark.low % places.length;
    for (let place = places[at]; place !== 0; place = places[at]) {
      const { high, low } = this.at((place as number) - 1);
      if (high === mark.high && low === mark.low) break;
      at = (at + 1) % places.length;
    }
    return at;
  }

  #grown(places: Uint32Array): Uint32Array {
    const grown = new Uint32Array(Math.ceil(places.length * GROWTH));
    for (const place of places) if (place !== 0) grown[this.#find(grown, this.at(place - 1))] = place;
    return grown;
  }
}
