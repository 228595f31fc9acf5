import { HOURS_A_DAY } from "./hour.ts";

/** One counter's hits in the hours of one day. */
export interface CounterDay {
  /** The version that last deleted the counter before these hits were counted; 0: none did. */
  readonly cut: number;
  /** Hits since then by hour of the day, from 0 to 23. Only hours with hits. */
  readonly hours: ReadonlyMap<number, number>;
}

const NAMES = new TextDecoder("latin1");
const NOTHING: CounterDay = { cut: 0, hours: new Map() };
/** Bytes that may be appended before records of one counter are put together. */
const SLACK_BYTES = 128;

/**
 * The hits of one day of the counters of one page, or of several, as bytes. A counter is one record; numbers are unsigned LEB128:
 *
 *     length of the rest, length of the name (1 byte), name, cut, number of hours, then for each: hour (1 byte), hits
 *
 * While hits come, records are appended, and those of each counter are put together when many were. Of two records of a counter the one
 * with the later `cut` counts; of the same cut, the larger number of each hour. So it does not matter in which order they came, or how often.
 */
export class DayBlock implements Iterable<[string, CounterDay]> {
  #bytes: Uint8Array;
  #end: number;
  /** Bytes when the records were last put together. */
  #merged: number;

  /** `bytes` must be records (see `whyNoRecords`). They are not changed, but may be kept. */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#merged = bytes.length;
  }

  /** Bytes that it takes. */
  get size(): number {
    return this.#end;
  }

  copy(): DayBlock {
    const copy = new DayBlock(this.#bytes.slice(0, this.#end));
    copy.#merged = this.#merged;
    return copy;
  }

  /** The records of some counters. */
  part(has: (counter: string) => boolean): DayBlock {
    const records = [...this.#records()].filter(([counter]) => has(counter));
    return new DayBlock(encodeRecords(records));
  }

  /** Its counters in two blocks. */
  halves(halfOf: (counter: string) => 0 | 1): [DayBlock, DayBlock] {
    return [this.part((counter) => halfOf(counter) === 0), this.part((counter) => halfOf(counter) === 1)];
  }

  has(counter: string): boolean {
    return this.get(counter) !== NOTHING;
  }

  get(counter: string): CounterDay {
    let found = NOTHING;
    const record = new Cursor(this.#bytes, 0);
    for (let next = 0; next < this.#end; record.at = next) {
      next = record.number() + record.at;
      if (record.isName(counter)) found = later(found, record.rest(next));
    }
    return found;
  }

  /** The counter has at least `hits` hits in this hour since `cut` deleted it. Returns what was known of it; null if that says so already. */
  raise(counter: string, hour: number, hits: number, cut: number): CounterDay | null {
    const known = this.get(counter);
    if (known.cut > cut || (known.cut === cut && (known.hours.get(hour) ?? 0) >= hits)) return null;
    this.#append(counter, { cut, hours: new Map([[hour, hits]]) });
    return known;
  }

  /** The counter was deleted in this version: what the day has from before does not count. Returns the same. */
  delete(counter: string, version: number): CounterDay | null {
    const known = this.get(counter);
    if (known.cut >= version) return null;
    this.#append(counter, { cut: version, hours: new Map() });
    return known;
  }

  /** Each counter once. */
  [Symbol.iterator](): Iterator<[string, CounterDay]> {
    return this.#records()[Symbol.iterator]();
  }

  /** All records, each counter once: the block as it is stored. */
  body(): Uint8Array {
    if (this.#merged !== this.#end) this.#merge();
    return this.#bytes.subarray(0, this.#end);
  }

  #records(): Map<string, CounterDay> {
    const all = new Map<string, CounterDay>();
    for (const [counter, day] of recordsOf(this.#bytes.subarray(0, this.#end)))
      all.set(counter, later(all.get(counter) ?? NOTHING, day));
    return all;
  }

  #append(counter: string, day: CounterDay): void {
    const record = encodeRecord(counter, day);
    if (this.#end + record.length > this.#bytes.length) {
      const bytes = new Uint8Array(this.#end + record.length + SLACK_BYTES);
      bytes.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = bytes;
    }
    this.#bytes.set(record, this.#end);
    this.#end += record.length;
    if (this.#end > 2 * this.#merged + SLACK_BYTES) this.#merge();
  }

  #merge(): void {
    this.#bytes = encodeRecords(this.#records());
    this.#end = this.#merged = this.#bytes.length;
  }
}

function encodeRecords(counters: Iterable<[string, CounterDay]>): Uint8Array {
  const records = [...counters].map(([counter, day]) => encodeRecord(counter, day));
  const bytes = new Uint8Array(records.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const record of records) {
    bytes.set(record, end);
    end += record.length;
  }
  return bytes;
}

/** Records of bytes that were checked. */
function* recordsOf(bytes: Uint8Array): Iterable<[string, CounterDay]> {
  for (let at = 0; at < bytes.length; ) {
    const record = new Cursor(bytes, at);
    const next = record.number() + record.at;
    const name = record.name();
    yield [name, record.rest(next)];
    at = next;
  }
}

/** Of two records of a counter on one day, what is true. */
function later(a: CounterDay, b: CounterDay): CounterDay {
  if (a === NOTHING || a.cut < b.cut) return b;
  if (b.cut < a.cut) return a;
  const hours = new Map(a.hours);
  for (const [hour, hits] of b.hours) hours.set(hour, Math.max(hits, hours.get(hour) ?? 0));
  return { cut: a.cut, hours };
}

function encodeRecord(counter: string, { cut, hours }: CounterDay): Uint8Array {
  const rest: number[] = [counter.length];
  for (let i = 0; i < counter.length; i++) rest.push(counter.charCodeAt(i));
  pushNumber(rest, cut);
  pushNumber(rest, hours.size);
  for (const [hour, hits] of hours) {
    rest.push(hour);
    pushNumber(rest, hits);
  }
  const length: number[] = [];
  pushNumber(length, rest.length);
  return Uint8Array.from([...length, ...rest]);
}

function pushNumber(bytes: number[], value: number): void {
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
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
    let value = this.byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    let scale = 0x80;
    for (let i = 1; i < 8; i++, scale *= 0x80) {
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

  /** Whether the name that follows is `counter`. Behind it if so. Names that programs make often begin alike, so the end is compared first. */
  isName(counter: string): boolean {
    if (this.byte() !== counter.length) return false;
    for (let i = counter.length - 1; i >= 0; i--) if (this.#bytes[this.at + i] !== counter.charCodeAt(i)) return false;
    this.at += counter.length;
    return true;
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
    const { cut, hours } = record.rest(next);
    const numbers = [cut, ...hours.values()];
    if (!numbers.every(Number.isSafeInteger) || [...hours.keys()].some((hour) => hour >= HOURS_A_DAY))
      return `the hits of "${name}" are no numbers of hours`;
    if (cut > version) return `it is of version ${version}, and has a deletion in version ${cut}`;
    if (encodeRecord(name, { cut, hours }).length !== next - at) return `the record of "${name}" has another length`;
    at = next;
  }
  return null;
}
