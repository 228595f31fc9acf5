import { fnv1a32, fnv1a32In } from "../hash.ts";
import { HOURS_A_DAY } from "./hour.ts";
import { RecordTable } from "./record_table.ts";

/** One counter's hits in the hours of one day. */
export interface CounterDay {
  /** The version that last deleted the counter before these hits were counted; 0: none did. */
  readonly cut: number;
  /** Hits since then by hour of the day, from 0 to 23. Only hours with hits. */
  readonly hours: ReadonlyMap<number, number>;
}

const NAMES = new TextDecoder("latin1");
const NOTHING: CounterDay = { cut: 0, hours: new Map() };
/** A block that must grow gets this much more room than it needs, in bytes, or a sixteenth of its size. */
const MIN_ROOM_BYTES = 64;
/** A block up to this size is searched from its beginning. A table would take more memory than it saves time. */
export const SEARCHED_BYTES = 1_024;

/**
 * The hits of one day of the counters of one page, or of several, as bytes. A counter is one record; numbers are unsigned LEB128:
 *
 *     length of the rest, length of the name (1 byte), name, cut, number of hours, then for each: hour (1 byte), hits
 *
 * Of two things that are learned of a counter the one with the later `cut` counts; of the same cut, the larger number of each hour. So it does
 * not matter in which order they came, or how often.
 *
 * Invariant: each counter has at most one record.
 */
export class DayBlock implements Iterable<[string, CounterDay]> {
  #bytes: Uint8Array;
  #end: number;
  /** Null while the block is small, or nobody changed it: old days are many, and seldom asked for. */
  #table: RecordTable | null = null;

  /** `bytes` must be records (see `whyNoRecords`). They are copied. */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = bytes.slice();
    this.#end = bytes.length;
  }

  /** Bytes that it takes. */
  get size(): number {
    return this.#end;
  }

  copy(): DayBlock {
    return new DayBlock(this.body());
  }

  /** The records of some counters. */
  part(has: (counter: string) => boolean): DayBlock {
    const part = new DayBlock();
    for (const [counter, day] of this) if (has(counter)) part.#write(part.#end, counter, day);
    return part;
  }

  /** Its counters in two blocks. */
  halves(halfOf: (counter: string) => 0 | 1): [DayBlock, DayBlock] {
    return [this.part((counter) => halfOf(counter) === 0), this.part((counter) => halfOf(counter) === 1)];
  }

  /** Takes records that were checked as they are, if it has none. Returns whether it did. */
  take(records: Uint8Array): boolean {
    if (this.#end > 0) return false;
    this.#bytes = records.slice();
    this.#end = records.length;
    return true;
  }

  has(counter: string): boolean {
    return this.#find(counter) < this.#end;
  }

  get(counter: string): CounterDay {
    return this.#read(this.#find(counter), counter);
  }

  /** The counter has at least `hits` hits in this hour since `cut` deleted it. Returns the cut that was known; null if the block says so already. */
  raise(counter: string, hour: number, hits: number, cut: number): number | null {
    const at = this.#placeOf(counter);
    if (at < this.#end && this.#raiseInPlace(at, counter, hour, hits, cut)) return cut;
    const known = this.#read(at, counter);
    if (known.cut > cut || (known.cut === cut && (known.hours.get(hour) ?? 0) >= hits)) return null;
    const hours = new Map(known.cut === cut ? known.hours : []).set(hour, hits);
    this.#write(at, counter, { cut, hours });
    return known.cut;
  }

  /** What happens most: the record has this hour, and its new hits take as many bytes. Makes no objects. False: it is not so. */
  #raiseInPlace(at: number, counter: string, hour: number, hits: number, cut: number): boolean {
    const record = new Cursor(this.#bytes, this.#restOf(at) + 1 + counter.length);
    if (record.number() !== cut) return false;
    for (let left = record.number(); left > 0; left--) {
      const isHour = record.byte() === hour;
      const start = record.at;
      const known = record.number();
      if (!isHour) continue;
      if (known >= hits || record.at - start !== sizeOfNumber(hits)) return false;
      writeNumber(this.#bytes, start, hits);
      return true;
    }
    return false;
  }

  /** The counter was deleted in this version: what the day has from before does not count. Returns the same. */
  delete(counter: string, version: number): number | null {
    const at = this.#placeOf(counter);
    const known = this.#read(at, counter);
    if (known.cut >= version) return null;
    this.#write(at, counter, { cut: version, hours: new Map() });
    return known.cut;
  }

  *[Symbol.iterator](): Iterator<[string, CounterDay]> {
    for (let at = 0; at < this.#end; at = this.#endOf(at)) {
      const record = new Cursor(this.#bytes, this.#restOf(at));
      yield [record.name(), record.rest(this.#endOf(at))];
    }
  }

  /** All records: the block as it is stored. */
  body(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Where the counter's record begins; the end if it has none. */
  #find(counter: string): number {
    const table = this.#table;
    if (table === null) return this.#search(counter);
    for (let slot = table.slotOf(fnv1a32(counter)); ; slot = table.after(slot)) {
      const at = table.at(slot);
      if (at === -1) return this.#end;
      if (this.#isName(this.#restOf(at), counter)) return at;
    }
  }

  /** The same for a change. Who changes a block changes it often. */
  #placeOf(counter: string): number {
    if (this.#table === null && this.#end > SEARCHED_BYTES) this.#table = this.#newTable();
    return this.#find(counter);
  }

  #search(counter: string): number {
    let at = 0;
    while (at < this.#end && !this.#isName(this.#restOf(at), counter)) at = this.#endOf(at);
    return at;
  }

  /** From its end, because names of one site begin alike. */
  #isName(at: number, counter: string): boolean {
    if (this.#bytes[at] !== counter.length) return false;
    for (let i = counter.length; i > 0; i--) if (this.#bytes[at + i] !== counter.charCodeAt(i - 1)) return false;
    return true;
  }

  #read(at: number, counter: string): CounterDay {
    if (at >= this.#end) return NOTHING;
    return new Cursor(this.#bytes, this.#restOf(at) + 1 + counter.length).rest(this.#endOf(at));
  }

  /** Writes a record in the place of the one that begins at `at`; at the end, it is one more. */
  #write(at: number, counter: string, day: CounterDay): void {
    const isNew = at === this.#end;
    const [end, newEnd] = [isNew ? at : this.#endOf(at), at + sizeOf(counter, day)];
    this.#move(end, newEnd);
    writeRecord(this.#bytes, at, counter, day);
    if (!isNew) this.#table?.move(at, newEnd - end);
    else if (this.#table?.isFull) this.#table = this.#newTable();
    else this.#table?.add(fnv1a32(counter), at);
  }

  #newTable(): RecordTable {
    let records = 0;
    for (let at = 0; at < this.#end; at = this.#endOf(at)) records++;
    const table = new RecordTable(records);
    for (let at = 0; at < this.#end; at = this.#endOf(at)) {
      const name = this.#restOf(at) + 1;
      table.add(fnv1a32In(this.#bytes, name, name + (this.#bytes[name - 1] as number)), at);
    }
    return table;
  }

  /** Where a record goes on behind its length, which has one byte or two. */
  #restOf(at: number): number {
    return (this.#bytes[at] as number) < 0x80 ? at + 1 : at + 2;
  }

  #endOf(at: number): number {
    const first = this.#bytes[at] as number;
    return first < 0x80 ? at + 1 + first : at + 2 + (first & 0x7f) + (this.#bytes[at + 1] as number) * 0x80;
  }

  /** Moves all bytes behind `from` so that they begin at `to`. */
  #move(from: number, to: number): void {
    if (from === to) return;
    const end = this.#end + to - from;
    if (end > this.#bytes.length) {
      const bytes = new Uint8Array(end + Math.max(MIN_ROOM_BYTES, end >> 4));
      bytes.set(this.body());
      this.#bytes = bytes;
    }
    this.#bytes.copyWithin(to, from, this.#end);
    this.#end = end;
  }
}

/** Bytes of a record. */
function sizeOf(counter: string, day: CounterDay): number {
  const length = lengthOf(counter, day);
  return sizeOfNumber(length) + length;
}

/** Bytes of a record behind its length. */
function lengthOf(counter: string, { cut, hours }: CounterDay): number {
  let length = 1 + counter.length + sizeOfNumber(cut) + sizeOfNumber(hours.size);
  for (const hits of hours.values()) length += 1 + sizeOfNumber(hits);
  return length;
}

function writeRecord(bytes: Uint8Array, start: number, counter: string, day: CounterDay): void {
  let at = writeNumber(bytes, start, lengthOf(counter, day));
  bytes[at++] = counter.length;
  for (let i = 0; i < counter.length; i++) bytes[at++] = counter.charCodeAt(i);
  at = writeNumber(bytes, at, day.cut);
  at = writeNumber(bytes, at, day.hours.size);
  for (const [hour, hits] of day.hours) {
    bytes[at++] = hour;
    at = writeNumber(bytes, at, hits);
  }
}

/** Returns where it ends. */
function writeNumber(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes[at++] = (left % 0x80) | 0x80;
  bytes[at++] = left;
  return at;
}

function sizeOfNumber(value: number): number {
  let size = 1;
  for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) size++;
  return size;
}

/** Reads one record. Past the end of the bytes it reads zeros: `whyNoRecords` has looked at them before. */
class Cursor {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.#bytes[this.at++] ?? 0;
  }

  /** Numbers up to 2^53 fit. */
  number(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++, scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  }

  name(): string {
    const length = this.byte();
    this.at += length;
    return NAMES.decode(this.#bytes.subarray(this.at - length, this.at));
  }

  /** What follows the name, up to `end`. */
  rest(end: number): CounterDay {
    const cut = this.number();
    const hours = new Map<number, number>();
    for (let left = this.number(); left > 0 && this.at < end; left--) {
      const hour = this.byte();
      hours.set(hour, this.number());
    }
    return { cut, hours };
  }
}

/** Why `bytes` are no records of this version; null: they are. `isName`: whether a name may stand there. */
export function whyNoRecords(bytes: Uint8Array, isName: (name: string) => boolean, version: number): string | null {
  const seen = new Set<string>();
  for (let at = 0; at < bytes.length; ) {
    const record = new Cursor(bytes, at);
    const next = record.number() + record.at;
    if (next > bytes.length || next === record.at) return "it is cut short";
    const name = record.name();
    if (!isName(name) || seen.has(name)) return `it names ${JSON.stringify(name)}, which cannot stand here`;
    seen.add(name);
    const fields = new Cursor(bytes, record.at);
    const { cut, hours } = record.rest(next);
    const numbers = [cut, ...hours.values()];
    if (!numbers.every(Number.isSafeInteger) || [...hours.keys()].some((hour) => hour >= HOURS_A_DAY))
      return `the hits of "${name}" are no numbers of hours`;
    if (cut > version) return `it is of version ${version}, and has a deletion in version ${cut}`;
    const isWhole = record.at === next && fields.number() === cut && fields.number() === hours.size;
    if (!isWhole || sizeOf(name, { cut, hours }) !== next - at) return `the record of "${name}" has another length`;
    at = next;
  }
  return null;
}
