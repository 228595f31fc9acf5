/**
 * Combines the checksums of two parts into that of the whole (CRC-32 of RFC 1952). zlib has crc32_combine for this, but Node does not
 * export it. A checksum is a polynomial over GF(2) with its bits reversed; each byte that follows multiplies it by x^8.
 */

const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;
const X_TO_THE_8 = 0x00800000;

/** The factor by which `bytes` bytes multiply the checksum before them. */
export function factorOf(bytes: number): number {
  let factor = ONE;
  let power = X_TO_THE_8;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) factor = product(factor, power);
    power = product(power, power);
  }
  return factor;
}

/** The checksum of two parts. `factor`: `factorOf` the length of the second part. */
export function joinedChecksum(first: number, second: number, factor: number): number {
  return (product(factor, first) ^ second) >>> 0;
}

function product(a: number, b: number): number {
  let sum = 0;
  let rest = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) sum ^= rest;
    rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ POLYNOMIAL;
  }
  return sum >>> 0;
}
