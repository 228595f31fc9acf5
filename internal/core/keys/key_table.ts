import { wordInHex } from "../hex.ts";
import type { KeyId } from "./idempotency_key.ts";

/** Words of 32 bits in a slot: the key, and its content. */
const WORDS = 5;
const KEY_WORDS = 4;
/** Hex digits of a word. */
const DIGITS = 8;
const FIRST_CAPACITY = 64;
/** A fuller table would make every lookup long. */
const MAX_LOAD = 0.8;
const GROWTH = 1.5;

type Words = readonly [number, number, number, number];

/**
 * A map from keys to 32 bits, in one typed array: 25 to 38 bytes for each key, where a `Map` takes about 150. It uses open addressing with
 * linear probing, and nothing is ever removed from it (`KeptKeys` drops whole tables). An empty slot has the word 0 where a key has its
 * version, which is never 0.
 */
export class KeyTable {
  readonly #seed: number;
  #words = new Uint32Array(FIRST_CAPACITY * WORDS);
  size = 0;

  /** `seed`: clients choose keys, and must not be able to choose slots. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  get(key: KeyId): number | undefined {
    const at = this.#find(wordsOf(key));
    return this.#isEmpty(at) ? undefined : this.#words[at + KEY_WORDS];
  }

  /** Adds a key. False if it is here already: then nothing changes. */
  add(key: KeyId, content: number): boolean {
    if (this.size >= MAX_LOAD * this.#capacity) this.#grow();
    const words = wordsOf(key);
    const at = this.#find(words);
    if (!this.#isEmpty(at)) return false;
    this.#put(at, words, content);
    this.size++;
    return true;
  }

  *entries(): Iterable<[KeyId, number]> {
    for (let at = 0; at < this.#words.length; at += WORDS) {
      if (this.#isEmpty(at)) continue;
      const digits = [...this.#words.subarray(at, at + KEY_WORDS)].map((word) =>
        word.toString(16).padStart(DIGITS, "0"),
      );
      yield [digits.join(""), this.#words[at + KEY_WORDS] as number];
    }
  }

  get #capacity(): number {
    return this.#words.length / WORDS;
  }

  #put(at: number, key: Words, content: number): void {
    this.#words.set(key, at);
    this.#words[at + KEY_WORDS] = content;
  }

  #isEmpty(at: number): boolean {
    return this.#words[at + 1] === 0;
  }

  /** Where the key is, or the empty slot where it would be. */
  #find(key: Words): number {
    const words = this.#words;
    let at = (this.#hash(key) % this.#capacity) * WORDS;
    while (words[at + 1] !== 0 && !isAt(words, at, key)) at = (at + WORDS) % words.length;
    return at;
  }

  /** Without the first word, which is the time of the key. By index, because iterators of arrays took a tenth of a leader's time. */
  #hash(key: Words): number {
    let hash = this.#seed;
    for (let at = 1; at < KEY_WORDS; at++) {
      hash = Math.imul(hash ^ (key[at] as number), 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    return Math.imul(hash, 0xc2b2ae35) >>> 0;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(Math.ceil(this.#capacity * GROWTH) * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 1] === 0) continue;
      const slot = old.subarray(at, at + WORDS);
      this.#words.set(slot, this.#find(slot as unknown as Words));
    }
  }
}

function isAt(words: Uint32Array, at: number, key: Words): boolean {
  return words[at + 3] === key[3] && words[at + 2] === key[2] && words[at + 1] === key[1] && words[at] === key[0];
}

function wordsOf(key: KeyId): Words {
  return [wordInHex(key, 0), wordInHex(key, 8), wordInHex(key, 16), wordInHex(key, 24)];
}
