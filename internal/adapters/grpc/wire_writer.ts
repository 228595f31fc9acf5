const MORE = 0x80;
/** A number below 2^53 takes 8 bytes at most. */
const MAX_NUMBER_BYTES = 8;
const MAX_INT31 = 2 ** 31 - 1;

/**
 * Writes fields of protocol buffers (https://protobuf.dev/programming-guides/encoding), for messages that are written by the thousand.
 * `tag`: a field's number and wire type, as in `answer_reader.ts`; each takes one byte.
 */
export class WireWriter {
  #bytes: Buffer;
  #at = 0;

  /** `room`: the bytes that are expected. */
  constructor(room = 1_024) {
    this.#bytes = Buffer.allocUnsafe(room);
  }

  /** What was written. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** A number from 0 to 2^53 - 1. */
  number(tag: number, value: number): void {
    this.#reserve(1 + MAX_NUMBER_BYTES);
    this.#bytes[this.#at++] = tag;
    this.#varint(value);
  }

  /** Numbers from 0 to 2^53 - 1, packed. */
  numbers(tag: number, values: Iterable<number>): void {
    const start = this.begin(tag);
    for (const value of values) {
      this.#reserve(MAX_NUMBER_BYTES);
      this.#varint(value);
    }
    this.end(start);
  }

  /** Bytes, given in hex digits. */
  hex(tag: number, digits: string): void {
    const length = digits.length / 2;
    this.#head(tag, length);
    this.#bytes.write(digits, this.#at, length, "hex");
    this.#at += length;
  }

  text(tag: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#head(tag, length);
    this.#bytes.write(text, this.#at, length);
    this.#at += length;
  }

  /** Fields that are encoded already. */
  fields(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Begins a message inside this one. Returns what `end` needs. */
  begin(tag: number): number {
    this.#reserve(2);
    this.#bytes[this.#at++] = tag;
    return ++this.#at;
  }

  /** Ends the message that began at `from`. Its length stands before it, and most lengths take the one byte that was left for it. */
  end(from: number): void {
    const length = this.#at - from;
    if (length < MORE) {
      this.#bytes[from - 1] = length;
      return;
    }
    this.#reserve(MAX_NUMBER_BYTES);
    this.#at = from - 1;
    const sized = sizeOf(length);
    this.#bytes.copyWithin(this.#at + sized, from, from + length);
    this.#varint(length);
    this.#at += length;
  }

  #head(tag: number, length: number): void {
    this.#reserve(1 + MAX_NUMBER_BYTES + length);
    this.#bytes[this.#at++] = tag;
    this.#varint(length);
  }

  #varint(value: number): void {
    const bytes = this.#bytes;
    let left = value;
    // Bits of larger numbers are out of reach for `>>>`.
    for (; left > MAX_INT31; left = Math.floor(left / MORE)) bytes[this.#at++] = (left % MORE) | MORE;
    for (; left >= MORE; left >>>= 7) bytes[this.#at++] = (left & 0x7f) | MORE;
    bytes[this.#at++] = left;
  }

  #reserve(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, needed));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

function sizeOf(value: number): number {
  let bytes = 1;
  for (let left = value; left >= MORE; left = Math.floor(left / MORE)) bytes++;
  return bytes;
}
