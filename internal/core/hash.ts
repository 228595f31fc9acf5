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
