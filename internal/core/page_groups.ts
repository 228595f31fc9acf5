/** Bits of a page's number: the highest bits of its counters' hashes. */
export const PAGE_BITS = 12;

/** The page of a counter with this hash of 32 bits. */
export function pageOf(hash: number): number {
  return hash >>> (32 - PAGE_BITS);
}

/** Pages whose numbers begin with the same bits, as many as `bits`. */
interface Place<Group> {
  readonly group: Group;
  readonly bits: number;
}

/**
 * What a ledger's pages have, in groups of neighbouring pages. All pages begin in one group, and a group is divided when it has become large
 * (extendible hashing). So a ledger with few counters a page has few objects, and each page of a large one has a group alone.
 *
 * Invariant: the place at index i is of all pages whose numbers begin with the bits of i. One with fewer bits is there several times.
 */
export class PageGroups<Group> implements Iterable<Group> {
  readonly #halvesOf: (group: Group, bits: number) => readonly [Group, Group];
  /** Their number is a power of two. */
  #places: Place<Group>[];

  /** `halvesOf`: divides a group by the bit of its pages' numbers that follows the first `bits`. */
  constructor(all: Group, halvesOf: (group: Group, bits: number) => readonly [Group, Group]) {
    this.#places = [{ group: all, bits: 0 }];
    this.#halvesOf = halvesOf;
  }

  /** The group of a page. */
  of(page: number): Group {
    return this.#placeOf(page).group;
  }

  /** Whether the page has a group alone. */
  isAlone(page: number): boolean {
    return this.#placeOf(page).bits === PAGE_BITS;
  }

  /** Divides the group of a page in two, and returns them. The page must not be alone. */
  divide(page: number): readonly [Group, Group] {
    const { group, bits } = this.#placeOf(page);
    if (this.#places.length === 2 ** bits) this.#places = this.#places.flatMap((place) => [place, place]);
    const half = this.#places.length / 2 ** (bits + 1);
    const index = this.#indexOf(page);
    const first = index - (index % (2 * half));
    const halves = this.#halvesOf(group, bits);
    this.#places.fill({ group: halves[0], bits: bits + 1 }, first, first + half);
    this.#places.fill({ group: halves[1], bits: bits + 1 }, first + half, first + 2 * half);
    return halves;
  }

  /** Each group once. */
  *[Symbol.iterator](): Iterator<Group> {
    for (const { group } of new Set(this.#places)) yield group;
  }

  #placeOf(page: number): Place<Group> {
    return this.#places[this.#indexOf(page)] as Place<Group>;
  }

  #indexOf(page: number): number {
    return (page * this.#places.length) >>> PAGE_BITS;
  }
}
