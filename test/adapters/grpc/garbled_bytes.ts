import fc, { type Arbitrary } from "fast-check";

const PLACE = fc.double({ min: 0, max: 0.999_999, noNaN: true });

/** Messages in which one byte is another. */
export function withOtherByte(encoded: Arbitrary<Buffer>): Arbitrary<Buffer> {
  return fc.tuple(encoded, PLACE, fc.nat(255)).map(([bytes, place, byte]) => {
    const garbled = Buffer.from(bytes);
    garbled[Math.floor(place * garbled.length)] = byte;
    return garbled;
  });
}

/** Messages in which bytes are missing, or others in their place; and each of them twice. */
export function cutOrRepeated(encoded: Arbitrary<Buffer>): Arbitrary<readonly [Buffer, Buffer]> {
  return fc.tuple(encoded, PLACE, PLACE, fc.uint8Array({ maxLength: 12 })).map(([bytes, from, to, more]) => {
    const [first, last] = [from, to].map((place) => Math.floor(place * bytes.length)).toSorted((a, b) => a - b);
    return [
      Buffer.concat([bytes.subarray(0, first), more, bytes.subarray(last)]),
      Buffer.concat([bytes, bytes]),
    ] as const;
  });
}

/** A field with a length: its tag, and what is in it. */
export function inside(tag: number, bytes: readonly number[]): number[] {
  return [tag, bytes.length, ...bytes];
}
