const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** 64-bit FNV-1a of an ASCII string (Fowler, Noll, Vo; http://www.isthe.com/chongo/tech/comp/fnv/). */
export function fnv1a64(text: string): bigint {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * FNV_PRIME);
  return hash;
}

/** 32-bit FNV-1a of an ASCII string. It spreads names over buckets. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The same of ASCII characters in bytes. */
export function fnv1a32In(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}

/**
 * HalfSipHash-2-4 of an ASCII string, 32 bits, with a secret key of two 32-bit numbers (Aumasson, Bernstein: SipHash, 2012;
 * https://github.com/veorq/SipHash). Strings that collide cannot be chosen without the key.
 */
export function halfSipHash(text: string, key0: number, key1: number): number {
  let v0 = key0 | 0;
  let v1 = key1 | 0;
  let v2 = 0x6c796765 ^ key0;
  let v3 = 0x74656462 ^ key1;
  const words = text.length >>> 2;
  for (let i = 0; i <= words + 2; i++) {
    const last = i > words;
    const word = last ? 0 : i === words ? lastWord(text) : wordAt(text, i * 4, 4);
    if (i === words + 1) v2 ^= 0xff;
    v3 ^= word;
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= word;
  }
  return (v1 ^ v3) >>> 0;
}

function lastWord(text: string): number {
  return (text.length << 24) | wordAt(text, text.length & ~3, text.length & 3);
}

function wordAt(text: string, at: number, bytes: number): number {
  let word = 0;
  for (let i = 0; i < bytes; i++) word |= text.charCodeAt(at + i) << (8 * i);
  return word;
}

/** A secret of 128 bits for `sipHash`: four numbers of 32 bits, the lowest first. */
export type SipKey = readonly [number, number, number, number];

/** The key in 32 hex digits, each number with its highest digit first. */
export function sipKey(hex: string): SipKey {
  const word = (at: number) => Number.parseInt(hex.slice(at * 8, at * 8 + 8), 16);
  return [word(0), word(1), word(2), word(3)];
}

/**
 * SipHash-2-4, 64 bits, of a Latin-1 string (Aumasson, Bernstein: SipHash, 2012; https://github.com/veorq/SipHash). Without the key nobody
 * can tell which string has which hash. Numbers of 64 bits are two of 32 here, the high one second: BigInt would be many times slower.
 */
export function sipHash(text: string, [k0, k1, k2, k3]: SipKey): { readonly high: number; readonly low: number } {
  let [a, aHigh] = [k0 ^ 0x70736575, k1 ^ 0x736f6d65];
  let [b, bHigh] = [k2 ^ 0x6e646f6d, k3 ^ 0x646f7261];
  let [c, cHigh] = [k0 ^ 0x6e657261, k1 ^ 0x6c796765];
  let [d, dHigh] = [k2 ^ 0x79746573, k3 ^ 0x74656462];
  const words = text.length >>> 3;
  // The last step has no word, and is the end.
  for (let i = 0; i <= words + 1; i++) {
    const word = i > words ? 0 : wordAt(text, i * 8, Math.min(4, text.length - i * 8));
    const high = i > words ? 0 : i === words ? lastOf8(text) : wordAt(text, i * 8 + 4, 4);
    if (i > words) c ^= 0xff;
    d ^= word;
    dHigh ^= high;
    for (let round = i > words ? 4 : 2; round > 0; round--) {
      let sum = (a >>> 0) + (b >>> 0);
      aHigh = (aHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      a = sum | 0;
      let low = ((b << 13) | (bHigh >>> 19)) ^ a;
      bHigh = ((bHigh << 13) | (b >>> 19)) ^ aHigh;
      b = low;
      [a, aHigh] = [aHigh, a];
      sum = (c >>> 0) + (d >>> 0);
      cHigh = (cHigh + dHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      c = sum | 0;
      low = ((d << 16) | (dHigh >>> 16)) ^ c;
      dHigh = ((dHigh << 16) | (d >>> 16)) ^ cHigh;
      d = low;
      sum = (a >>> 0) + (d >>> 0);
      aHigh = (aHigh + dHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      a = sum | 0;
      low = ((d << 21) | (dHigh >>> 11)) ^ a;
      dHigh = ((dHigh << 21) | (d >>> 11)) ^ aHigh;
      d = low;
      sum = (c >>> 0) + (b >>> 0);
      cHigh = (cHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
      c = sum | 0;
      low = ((b << 17) | (bHigh >>> 15)) ^ c;
      bHigh = ((bHigh << 17) | (b >>> 15)) ^ cHigh;
      b = low;
      [c, cHigh] = [cHigh, c];
    }
    a ^= word;
    aHigh ^= high;
  }
  return { high: (aHigh ^ bHigh ^ cHigh ^ dHigh) >>> 0, low: (a ^ b ^ c ^ d) >>> 0 };
}

/** The high half of the last word: what is left of the text, and its length in the highest byte. */
function lastOf8(text: string): number {
  const at = (text.length & ~7) + 4;
  return (text.length << 24) | wordAt(text, at, Math.max(0, text.length - at));
}
