import type { SourceId } from "../log/batch.ts";
import { setSource, sourceAt, withLine } from "./entry_bytes.ts";
import { UnreadableLedger } from "./entry_fields.ts";

const ASCII = new TextDecoder();
/** Bytes of the longest LEB128 number of 64 bits. */
const MAX_NUMBER_BYTES = 10;

/** Seven bytes have 49 bits, which a double holds exactly. */
const MAX_SMALL_BYTES = 7;

/** Writes binary records into one growing array. Numbers are unsigned LEB128. */
export class ByteWriter {
  #bytes = new Uint8Array(1_024);
  #end = 0;

  /** Bytes that were written. */
  get size(): number {
    return this.#end;
  }

  /** What was written. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  number(value: number | bigint): void {
    this.#reserve(MAX_NUMBER_BYTES);
    // Bitwise operators take 32 bits; larger numbers begin as a bigint.
    let large = value > 0xffff_ffff ? BigInt(value) : 0n;
    for (; large > 0xffff_ffffn; large >>= 7n) this.#bytes[this.#end++] = Number(large & 0x7fn) | 0x80;
    let small = large > 0n ? Number(large) : Number(value);
    for (; small >= 0x80; small >>>= 7) this.#bytes[this.#end++] = (small & 0x7f) | 0x80;
    this.#bytes[this.#end++] = small;
  }

  /** ASCII of at most 255 characters. */
  text(text: string): void {
    this.#reserve(1 + text.length);
    this.#bytes[this.#end++] = text.length;
    for (let i = 0; i < text.length; i++) this.#bytes[this.#end++] = text.charCodeAt(i);
  }

  /** Copies what is between two places of `bytes`. */
  copy(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    for (let at = from; at < to; at++) this.#bytes[this.#end++] = bytes[at] as number;
  }

  source(source: SourceId): void {
    this.#reserve(8);
    setSource(new DataView(this.#bytes.buffer), this.#end, source);
    this.#end += 8;
  }

  /** An entry: `line` as JSON, and all records. */
  after(line: unknown): Uint8Array {
    const { bytes, at } = withLine(line, this.#end);
    bytes.set(this.bytes, at);
    return bytes;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const bytes = new Uint8Array(2 * (this.#end + more));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** Reads what a ByteWriter wrote. Each method throws UnreadableLedger. */
export class ByteReader {
  readonly #entry: string;
  readonly #bytes: Uint8Array;
  /** Where it reads on. */
  at = 0;

  constructor(entry: string, bytes: Uint8Array) {
    this.#entry = entry;
    this.#bytes = bytes;
  }

  number(max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#small() ?? Number(this.#large(BigInt(max)));
    return value <= max ? value : this.#refuse(`number ${value} is above ${max}`);
  }

  bigint(max: bigint): bigint {
    const small = this.#small();
    if (small === null) return this.#large(max);
    return small <= max ? BigInt(small) : this.#refuse(`number ${small} is above ${max}`);
  }

  /** Passes a number. It makes no bigint of a small one. */
  skip(max: bigint): void {
    const small = this.#small();
    if (small === null) this.#large(max);
    else if (small > max) this.#refuse(`number ${small} is above ${max}`);
  }

  /** Copies a number as it is. */
  copyNumber(to: ByteWriter): void {
    const from = this.at;
    while (this.#byte() >= 0x80);
    to.copy(this.#bytes, from, this.at);
  }

  /** A number of at most 49 bits; null: it is longer. Bigints take many times as long, and nearly all totals are small. */
  #small(): number | null {
    let value = 0;
    let unit = 1;
    for (let at = this.at; at < this.at + MAX_SMALL_BYTES; at++, unit *= 0x80) {
      const byte = this.#bytes[at];
      if (byte === undefined) this.#refuse("it is cut short");
      value += (byte & 0x7f) * unit;
      if (byte >= 0x80) continue;
      this.at = at + 1;
      return value;
    }
    return null;
  }

  #large(max: bigint): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 7n * BigInt(MAX_NUMBER_BYTES); shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value <= max ? value : this.#refuse(`number ${value} is above ${max}`);
    }
    return this.#refuse("a number has more than 64 bits");
  }

  text(): string {
    const length = this.#byte();
    return ASCII.decode(this.#take(length));
  }

  /** Copies the letters of a text. Returns how many. */
  copyText(to: ByteWriter): number {
    const from = this.at + 1;
    const length = this.#byte();
    if (from + length > this.#bytes.length) this.#refuse("it is cut short");
    this.at += length;
    to.copy(this.#bytes, from, this.at);
    return length;
  }

  source(): SourceId {
    const bytes = this.#take(8);
    return sourceAt(new DataView(bytes.buffer, bytes.byteOffset, 8), 0);
  }

  /** Throws unless everything was read. */
  finish(): void {
    const left = this.#bytes.length - this.at;
    if (left > 0) this.#refuse(`${left} bytes follow its last record`);
  }

  #byte(): number {
    return this.#bytes[this.at++] ?? this.#refuse("it is cut short");
  }

  #take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.at, this.at + length);
    if (bytes.length < length) this.#refuse("it is cut short");
    this.at += length;
    return bytes;
  }

  #refuse(why: string): never {
    throw new UnreadableLedger(this.#entry, why);
  }
}
