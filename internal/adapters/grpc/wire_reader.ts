import { KnownTexts } from "./known_texts.ts";

/** The bytes are not those that this program writes. Perhaps they are those of another release, or damaged. */
export class Unusual extends Error {
  override readonly name = "Unusual";
}

/** A message while it is read. */
export type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

/** A field of bytes that is absent. */
export const NO_BYTES = Buffer.alloc(0);

const texts = new KnownTexts();
const MORE = 0x80;
const MAX_UINT32 = 2 ** 32 - 1;

/** Reads fields of protocol buffers (https://protobuf.dev/programming-guides/encoding). Each method throws Unusual. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** Where the present message ends. */
  #end: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Whether the present message has another field. */
  get more(): boolean {
    return this.#at < this.#end;
  }

  /** A number below 2^53, also a field's number and wire type. */
  whole(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      // With a scale of Infinity, a byte of zero would make NaN of it, which is below every limit.
      if (scale > Number.MAX_SAFE_INTEGER) throw new Unusual("a number has too many bytes");
      if (this.#at >= this.#end) throw new Unusual("a number is not complete");
      const byte = this.#bytes[this.#at++] as number;
      value += (byte % MORE) * scale;
      if (byte < MORE) break;
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new Unusual("a number is too large");
    return value;
  }

  /** Adds the numbers of a packed field, which is the present message. */
  wholesInto(numbers: number[]): void {
    while (this.more) numbers.push(this.whole());
  }

  uint32(): number {
    const value = this.whole();
    if (value > MAX_UINT32) throw new Unusual("a number has more than 32 bits");
    return value;
  }

  flag(): boolean {
    const value = this.whole();
    if (value > 1) throw new Unusual("a flag is neither 0 nor 1");
    return value === 1;
  }

  double(): number {
    const from = this.#skip(8);
    return this.#bytes.readDoubleLE(from);
  }

  text(): string {
    const from = this.#skip(this.whole());
    return texts.read(this.#bytes, from, this.#at);
  }

  bytes(): Buffer {
    const from = this.#skip(this.whole());
    return this.#bytes.subarray(from, this.#at);
  }

  /** Reads a message inside this one, all of it. */
  inside<T>(read: (reader: WireReader) => T): T {
    const end = this.#end;
    const length = this.whole();
    if (length > end - this.#at) throw new Unusual("a message is not complete");
    this.#end = this.#at + length;
    const value = read(this);
    this.#end = end;
    return value;
  }

  #skip(length: number): number {
    const from = this.#at;
    if (length > this.#end - from) throw new Unusual("a field is not complete");
    this.#at += length;
    return from;
  }
}
