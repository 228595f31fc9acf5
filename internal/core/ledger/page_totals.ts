import { invariant } from "../invariant.ts";
import { PAGE_BITS } from "../page_groups.ts";
import { type CounterTotal, MAX_TOTAL } from "./counter_total.ts";
import type { RegionNames } from "./region_names.ts";

/** Bytes of a record beside the counter's name and its regions: hash 4, generation 6, number of regions 2, length of the name 1. */
const FIXED_BYTES = 13;
/** Bytes of a region in a record: its number 4, its total 8. */
const REGION_BYTES = 12;
/** An array has this much more room than it needs when it is written anew. */
const GROWTH = 1.125;
const MIN_SLOTS = 8;
const HASH_BITS = 32;
const ASCII = new TextDecoder();

/**
 * The counters of one page, or of neighbouring pages, as bytes in one array. A counter is one record: fixed fields, regions, and its name in
 * ASCII. A hash table (open addressing, linear probing) holds the offset of each record plus 1; 0 is a free slot. A record that changes its
 * length is written anew at the end, and its old place is unused until all are written anew.
 *
 * Invariants: at most three quarters of the slots are taken. A record is in the first slot that was free from its home on, and homes are in the
 * order of hashes: so those of a page, or of a section of it, are beside each other.
 */
export class PageTotals implements Iterable<[string, CounterTotal]> {
  readonly #regions: RegionNames;
  /** All its counters' hashes begin with the same bits, as many as this. */
  readonly #bits: number;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  /** Bytes of places that no record has any more. */
  #unused = 0;
  #slots = new Uint32Array(MIN_SLOTS);
  /** Number of counters. */
  size = 0;

  constructor(regions: RegionNames, bits: number) {
    this.#regions = regions;
    this.#bits = bits;
  }

  has(counter: string, hash: number): boolean {
    return this.#slots[this.#slotOf(counter, hash)] !== 0;
  }

  get(counter: string, hash: number): CounterTotal | undefined {
    const taken = this.#slots[this.#slotOf(counter, hash)] as number;
    return taken === 0 ? undefined : this.#read(taken - 1);
  }

  /** Replaces the counter's total. Returns the one that it had. */
  set(counter: string, hash: number, total: CounterTotal): CounterTotal | undefined {
    const slot = this.#slotOf(counter, hash);
    const taken = this.#slots[slot] as number;
    const before = taken === 0 ? undefined : this.#read(taken - 1);
    if (before?.regions.size === total.regions.size) this.#write(taken - 1, counter, hash, total);
    else this.#append(slot, counter, hash, total);
    return before;
  }

  /** See `Totals.update`. Returns by how much the sum grew; null: nothing changed. */
  update(counter: string, hash: number, { regions, generation }: CounterTotal): bigint | null {
    const taken = this.#slots[this.#slotOf(counter, hash)] as number;
    if (taken === 0 || this.#generationAt(taken - 1) !== generation) return null;
    for (const region of regions.keys()) if (this.#regionAt(taken - 1, region) === 0) return null;
    let more = 0n;
    for (const [region, total] of regions) more += this.#writeTotal(this.#regionAt(taken - 1, region), counter, total);
    return more;
  }

  /** Makes room for counters that are about to be set, which would otherwise come step by step. */
  reserve(counters: readonly (readonly [string, CounterTotal])[]): void {
    let bytes = 0;
    for (const [counter, { regions }] of counters) bytes += lengthOf(counter, regions.size);
    this.#reserve(bytes, counters.length);
  }

  /** Returns the total that the counter had. */
  delete(counter: string, hash: number): CounterTotal | undefined {
    const slot = this.#slotOf(counter, hash);
    const taken = this.#slots[slot] as number;
    if (taken === 0) return undefined;
    const before = this.#read(taken - 1);
    this.#free(slot);
    this.#spread();
    if (this.size === 0) this.#compact(0);
    return before;
  }

  /** The same counters in two parts, by the next bit of their hashes. */
  halves(): [PageTotals, PageTotals] {
    return [this.#half(0), this.#half(1)];
  }

  #half(bit: 0 | 1): PageTotals {
    const half = new PageTotals(this.#regions, this.#bits + 1);
    const records: Uint8Array[] = [];
    for (const taken of this.#slots)
      if (taken !== 0 && ((this.#hashAt(taken - 1) >>> (31 - this.#bits)) & 1) === bit)
        records.push(this.#bytes.subarray(taken - 1, taken - 1 + this.#lengthAt(taken - 1)));
    half.#reserve(
      records.reduce((sum, { length }) => sum + length, 0),
      records.length,
    );
    for (const record of records) half.#add(record);
    return half;
  }

  /** The counters, in no order. */
  *[Symbol.iterator](): Iterator<[string, CounterTotal]> {
    for (const taken of this.#slots) if (taken !== 0) yield [this.#nameAt(taken - 1), this.#read(taken - 1)];
  }

  /** The counters whose hashes begin with `prefix`, in no order: by default, those of a page. */
  *counters(prefix: number, bits = PAGE_BITS): Iterable<[string, CounterTotal]> {
    const slots = this.#slots;
    const { from, to } = this.#slotsOf(prefix, bits);
    for (let slot = from; slot < to; slot++) {
      const taken = slots[slot & (slots.length - 1)] as number;
      if (taken !== 0 && this.#hashAt(taken - 1) >>> (HASH_BITS - bits) === prefix)
        yield [this.#nameAt(taken - 1), this.#read(taken - 1)];
    }
  }

  /** The sum of what their totals are now. It adds halves of 32 bits, because bigints take ten times as long. */
  addUp(prefix: number, bits = PAGE_BITS): bigint {
    let high = 0;
    let low = 0;
    const slots = this.#slots;
    const view = this.#view;
    const { from, to } = this.#slotsOf(prefix, bits);
    for (let slot = from; slot < to; slot++) {
      const taken = slots[slot & (slots.length - 1)] as number;
      if (taken === 0 || this.#hashAt(taken - 1) >>> (HASH_BITS - bits) !== prefix) continue;
      const regions = view.getUint16(taken + 9);
      for (let i = 0, at = taken - 1 + FIXED_BYTES; i < regions; i++, at += REGION_BYTES) {
        high += view.getUint32(at + 4);
        low += view.getUint32(at + 8);
      }
    }
    return BigInt(high) * 2n ** 32n + BigInt(low);
  }

  /** Slots that have all records with these hashes, and maybe others. After the last slot comes the first. */
  #slotsOf(prefix: number, bits: number): { readonly from: number; readonly to: number } {
    const slots = this.#slots;
    const hashes = 2 ** (HASH_BITS - bits);
    const from = this.#homeOf(prefix * hashes);
    let to = this.#homeOf((prefix + 1) * hashes - 1) + 1;
    while (to < from + slots.length && slots[to & (slots.length - 1)] !== 0) to++;
    return { from, to };
  }

  /** The slot where a record with this hash belongs. */
  #homeOf(hash: number): number {
    return (hash << this.#bits) >>> (Math.clz32(this.#slots.length) + 1);
  }

  /** The slot of this counter, or the free one where it belongs. */
  #slotOf(counter: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#homeOf(hash); ; slot = (slot + 1) & mask) {
      const taken = this.#slots[slot] as number;
      if (taken === 0 || this.#isAt(taken - 1, counter, hash)) return slot;
    }
  }

  #isAt(at: number, counter: string, hash: number): boolean {
    if (this.#hashAt(at) !== hash || this.#bytes[at + 12] !== counter.length) return false;
    const name = this.#nameFrom(at);
    for (let i = 0; i < counter.length; i++) if (this.#bytes[name + i] !== counter.charCodeAt(i)) return false;
    return true;
  }

  /** A counter that is here keeps its slot. Otherwise `slot` is the free one where it belongs. */
  #append(slot: number, counter: string, hash: number, total: CounterTotal): void {
    const bytes = lengthOf(counter, total.regions.size);
    this.#free(slot);
    if (this.#end + bytes > this.#bytes.length) this.#resize(bytes);
    const at = this.#end;
    this.#end += bytes;
    this.size++;
    this.#bytes[at + 12] = counter.length;
    this.#view.setUint16(at + 10, total.regions.size);
    this.#write(at, counter, hash, total);
    for (let i = 0, name = this.#nameFrom(at); i < counter.length; i++) this.#bytes[name + i] = counter.charCodeAt(i);
    this.#slots[slot] = at + 1;
    if (4 * this.size > 3 * this.#slots.length) this.#spread();
  }

  /** Adds a copy of another's record. There must be room. */
  #add(record: Uint8Array): void {
    const at = this.#end;
    this.#bytes.set(record, at);
    this.#end += record.length;
    this.size++;
    this.#slots[this.#freeSlot(this.#hashAt(at))] = at + 1;
  }

  /** Frees a slot, and the place of its record. Records behind it in the table are out of reach until `#spread`, or until it is taken again. */
  #free(slot: number): void {
    const taken = this.#slots[slot] as number;
    if (taken === 0) return;
    this.#unused += this.#lengthAt(taken - 1);
    this.#slots[slot] = 0;
    this.size--;
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

  /** Returns by how much it grew. */
  #writeTotal(region: number, counter: string, total: bigint): bigint {
    mustFit(counter, total);
    const before = this.#view.getBigUint64(region + 4);
    this.#view.setBigUint64(region + 4, total);
    return total - before;
  }

  #hashAt(at: number): number {
    return this.#view.getUint32(at);
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
    let slot = this.#homeOf(hash);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  #lengthAt(at: number): number {
    return this.#nameFrom(at) + (this.#bytes[at + 12] as number) - at;
  }

  #reserve(bytes: number, counters: number): void {
    if (this.#end + bytes > this.#bytes.length) this.#resize(bytes);
    this.#spread(counters);
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
      if (taken !== 0) this.#slots[this.#freeSlot(this.#hashAt(taken - 1))] = taken;
    }
  }
}

function mustFit(counter: string, total: bigint): void {
  invariant(total >= 0n && total <= MAX_TOTAL, "a total has 64 bits", counter, total);
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
