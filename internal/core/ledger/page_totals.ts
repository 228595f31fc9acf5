import { invariant } from "../invariant.ts";
import { type CounterTotal, sizeOfCounter } from "./counter_total.ts";

/** Bytes of a record beside the counter's name and its regions: hash 4, generation 6, number of regions 2, length of the name 1. */
const FIXED_BYTES = 13;
/** Bytes of a region in a record: its number 4, its total 8. */
const REGION_BYTES = 12;
/** A page's array has this much more room than it needs when it is written anew. */
const GROWTH = 1.125;
const MIN_SLOTS = 8;
const ASCII = new TextDecoder();
const TOO_LARGE = 2n ** 64n;

/** Names of regions, each with a number. A ledger has few regions and many totals. */
export class RegionNames {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(region: string): number {
    let number = this.#numbers.get(region);
    if (number === undefined) {
      number = this.#names.push(region) - 1;
      this.#numbers.set(region, number);
    }
    return number;
  }

  nameOf(number: number): string {
    return this.#names[number] as string;
  }
}

/**
 * The counters of one page, as bytes in one array. A counter is one record: fixed fields, regions, and its name in ASCII. A hash table
 * (open addressing, linear probing) holds the offset of each record plus 1; 0 is a free slot. A record that changes its length is written
 * anew at the end, and its old place is unused until the whole page is written anew.
 *
 * Invariant: at most three quarters of the slots are taken.
 */
export class PageTotals implements Iterable<[string, CounterTotal]> {
  readonly #regions: RegionNames;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  /** Bytes of places that no record has any more. */
  #unused = 0;
  #slots = new Uint32Array(MIN_SLOTS);
  /** Number of counters. */
  size = 0;
  /** Sum of all totals, kept while they change. */
  sum = 0n;
  /** Upper bound on the bytes that these totals take in the store. */
  bytes = 0;

  constructor(regions: RegionNames) {
    this.#regions = regions;
  }

  has(counter: string, hash: number): boolean {
    return this.#slots[this.#slotOf(counter, hash)] !== 0;
  }

  get(counter: string, hash: number): CounterTotal | undefined {
    const taken = this.#slots[this.#slotOf(counter, hash)] as number;
    return taken === 0 ? undefined : this.#read(taken - 1);
  }

  set(counter: string, hash: number, total: CounterTotal): void {
    const slot = this.#slotOf(counter, hash);
    const taken = this.#slots[slot] as number;
    if (taken !== 0) this.#account(counter, this.#read(taken - 1), -1);
    if (taken !== 0 && this.#view.getUint16(taken + 9) === total.regions.size)
      this.#write(taken - 1, counter, hash, total);
    else this.#append(slot, counter, hash, total);
    this.#account(counter, total, 1);
  }

  /** See `Totals.update`. */
  update(counter: string, hash: number, { regions, generation }: CounterTotal): boolean {
    const taken = this.#slots[this.#slotOf(counter, hash)] as number;
    if (taken === 0 || this.#generationAt(taken - 1) !== generation) return false;
    for (const region of regions.keys()) if (this.#regionAt(taken - 1, region) === 0) return false;
    for (const [region, total] of regions) this.#writeTotal(this.#regionAt(taken - 1, region), counter, total);
    return true;
  }

  /** Makes room for counters that are about to be set, which would otherwise come step by step. */
  reserve(counters: readonly (readonly [string, CounterTotal])[]): void {
    let bytes = 0;
    for (const [counter, { regions }] of counters) bytes += lengthOf(counter, regions.size);
    if (this.#end + bytes > this.#bytes.length) this.#resize(bytes);
    this.#spread(counters.length);
  }

  delete(counter: string, hash: number): void {
    const slot = this.#slotOf(counter, hash);
    const taken = this.#slots[slot] as number;
    if (taken === 0) return;
    this.#account(counter, this.#read(taken - 1), -1);
    this.#free(slot);
  }

  /** The counters, in no order. */
  *[Symbol.iterator](): Iterator<[string, CounterTotal]> {
    for (const taken of this.#slots) if (taken !== 0) yield [this.#nameAt(taken - 1), this.#read(taken - 1)];
  }

  /** The sum of what the totals are now. It adds halves of 32 bits, because bigints take ten times as long. */
  addUp(): bigint {
    let high = 0;
    let low = 0;
    const slots = this.#slots;
    const view = this.#view;
    for (let slot = 0; slot < slots.length; slot++) {
      const taken = slots[slot] as number;
      if (taken === 0) continue;
      const regions = view.getUint16(taken + 9);
      for (let i = 0, at = taken - 1 + FIXED_BYTES; i < regions; i++, at += REGION_BYTES) {
        high += view.getUint32(at + 4);
        low += view.getUint32(at + 8);
      }
    }
    return BigInt(high) * 2n ** 32n + BigInt(low);
  }

  #account(counter: string, { regions }: CounterTotal, sign: 1 | -1): void {
    this.size += sign;
    this.bytes += sign * sizeOfCounter(counter, regions);
    let sum = 0n;
    for (const total of regions.values()) sum += total;
    if (sign === 1) this.sum += sum;
    else this.sum -= sum;
  }

  /** The slot of this counter, or the free one where it belongs. */
  #slotOf(counter: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const taken = this.#slots[slot] as number;
      if (taken === 0 || this.#isAt(taken - 1, counter, hash)) return slot;
    }
  }

  #isAt(at: number, counter: string, hash: number): boolean {
    if (this.#view.getUint32(at) !== hash || this.#bytes[at + 12] !== counter.length) return false;
    const name = this.#nameFrom(at);
    for (let i = 0; i < counter.length; i++) if (this.#bytes[name + i] !== counter.charCodeAt(i)) return false;
    return true;
  }

  #append(slot: number, counter: string, hash: number, total: CounterTotal): void {
    const bytes = lengthOf(counter, total.regions.size);
    this.#free(slot);
    if (this.#end + bytes > this.#bytes.length) this.#resize(bytes);
    if (4 * (this.size + 1) > 3 * this.#slots.length) this.#spread();
    const at = this.#end;
    this.#end += bytes;
    this.#bytes[at + 12] = counter.length;
    this.#view.setUint16(at + 10, total.regions.size);
    this.#write(at, counter, hash, total);
    for (let i = 0, name = this.#nameFrom(at); i < counter.length; i++) this.#bytes[name + i] = counter.charCodeAt(i);
    this.#slots[this.#freeSlot(hash)] = at + 1;
  }

  /** Frees a slot, and the place of its record. Records behind it in the table may be out of reach until `#spread`. */
  #free(slot: number): void {
    const taken = this.#slots[slot] as number;
    if (taken === 0) return;
    this.#unused += this.#lengthAt(taken - 1);
    this.#slots[slot] = 0;
    this.#spread();
  }

  /** Writes the hash, the generation and the regions of a record. */
  #write(at: number, counter: string, hash: number, { regions, generation }: CounterTotal): void {
    this.#view.setUint32(at, hash);
    this.#view.setUint16(at + 4, Math.floor(generation / 2 ** 32));
    this.#view.setUint32(at + 6, generation % 2 ** 32);
    let region = at + FIXED_BYTES;
    for (const [name, total] of regions) {
      mustFit(counter, total);
      this.#view.setUint32(region, this.#regions.numberOf(name));
      this.#view.setBigUint64(region + 4, total);
      region += REGION_BYTES;
    }
  }

  /** Where a record has this region; 0: nowhere. */
  #regionAt(at: number, name: string): number {
    const number = this.#regions.numberOf(name);
    let region = at + FIXED_BYTES;
    for (let left = this.#view.getUint16(at + 10); left > 0; left--, region += REGION_BYTES)
      if (this.#view.getUint32(region) === number) return region;
    return 0;
  }

  #writeTotal(region: number, counter: string, total: bigint): void {
    mustFit(counter, total);
    this.sum += total - this.#view.getBigUint64(region + 4);
    this.#view.setBigUint64(region + 4, total);
  }

  #generationAt(at: number): number {
    return this.#view.getUint16(at + 4) * 2 ** 32 + this.#view.getUint32(at + 6);
  }

  #read(at: number): CounterTotal {
    const regions = new Map<string, bigint>();
    let region = at + FIXED_BYTES;
    for (let left = this.#view.getUint16(at + 10); left > 0; left--, region += REGION_BYTES)
      regions.set(this.#regions.nameOf(this.#view.getUint32(region)), this.#view.getBigUint64(region + 4));
    return { regions, generation: this.#generationAt(at) };
  }

  #nameFrom(at: number): number {
    return at + FIXED_BYTES + this.#view.getUint16(at + 10) * REGION_BYTES;
  }

  #nameAt(at: number): string {
    const name = this.#nameFrom(at);
    return ASCII.decode(this.#bytes.subarray(name, name + (this.#bytes[at + 12] as number)));
  }

  #freeSlot(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  #lengthAt(at: number): number {
    return this.#nameFrom(at) + (this.#bytes[at + 12] as number) - at;
  }

  /** Makes room for `more` bytes in a new array. The records keep their places if few are unused. */
  #resize(more: number): void {
    if (this.#unused * 8 > this.#end) return this.#compact(more);
    const bytes = new Uint8Array(Math.ceil((this.#end + more) * GROWTH));
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  #compact(more: number): void {
    const bytes = new Uint8Array(Math.ceil((this.#end - this.#unused + more) * GROWTH));
    let end = 0;
    for (let slot = 0; slot < this.#slots.length; slot++) {
      const taken = this.#slots[slot] as number;
      if (taken === 0) continue;
      const length = this.#lengthAt(taken - 1);
      bytes.set(this.#bytes.subarray(taken - 1, taken - 1 + length), end);
      this.#slots[slot] = end + 1;
      end += length;
    }
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#end = end;
    this.#unused = 0;
  }

  /** Puts all records into a table with room for `more`. */
  #spread(more = 1): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(slotsFor(this.size + more));
    for (let i = 0; i < old.length; i++) {
      const taken = old[i] as number;
      if (taken !== 0) this.#slots[this.#freeSlot(this.#view.getUint32(taken - 1))] = taken;
    }
  }
}

function mustFit(counter: string, total: bigint): void {
  invariant(total >= 0n && total < TOO_LARGE, "a total has 64 bits", counter, total);
}

/** Bytes of a record. */
function lengthOf(counter: string, regions: number): number {
  return FIXED_BYTES + regions * REGION_BYTES + counter.length;
}

/** The number of slots for a number of counters: a power of two, at most three quarters full. */
function slotsFor(counters: number): number {
  let slots = MIN_SLOTS;
  while (4 * counters > 3 * slots) slots *= 2;
  return slots;
}
