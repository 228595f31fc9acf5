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

/**
 * A map from keys to 32 bits, in one typed array: 25 to 38 bytes for each key, where a `Map` takes about 150. It uses open addressing with
 * linear probing, and nothing is ever removed from it (`KeptKeys` drops whole tables). An empty slot has the word 0 where a key has its
 * version, which is never 0.
 */
export class KeyTable {
  readonly #seed: number;
  #words = new Uint32Array(FIRST_CAPACITY * WORDS);
  /** The key that is looked for. Leaders look for thousands in a round, and an array for each took a quarter of the time. */
  readonly #sought = new Uint32Array(KEY_WORDS);
  size = 0;

  /** `seed`: clients choose keys, and must not be able to choose slots. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  get(key: KeyId): number | undefined {
    const at = this.#placeOf(key);
    return this.#isEmpty(at) ? undefined : this.#words[at + KEY_WORDS];
  }

  /** Adds a key. False if it is here already: then nothing changes. */
  add(key: KeyId, content: number): boolean {
    if (this.size >= MAX_LOAD * this.#capacity) this.#grow();
    const at = this.#placeOf(key);
    if (!this.#isEmpty(at)) return false;
    this.#put(at, content);
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

  /** Puts what is looked for. By index, because iterators and methods of typed arrays take longer than all else in `add`. */
  #put(at: number, content: number): void {
    for (let word = 0; word < KEY_WORDS; word++) this.#words[at + word] = this.#sought[word] as number;
    this.#words[at + KEY_WORDS] = content;
  }

  #isEmpty(at: number): boolean {
    return this.#words[at + 1] === 0;
  }

  #placeOf(key: KeyId): number {
    for (let word = 0; word < KEY_WORDS; word++) this.#sought[word] = wordInHex(key, word * DIGITS);
    return this.#find();
  }

  /** Where the key is that is looked for, or the empty slot where it would be. */
  #find(): number {
    const words = this.#words;
    let at = (this.#hash() % this.#capacity) * WORDS;
    while (words[at + 1] !== 0 && !this.#isAt(at)) at = at + WORDS === words.length ? 0 : at + WORDS;
    return at;
  }

  #isAt(at: number): boolean {
    for (let word = KEY_WORDS - 1; word >= 0; word--) if (this.#words[at + word] !== this.#sought[word]) return false;
    return true;
  }

  /** Without the first word, which is the time of the key. */
  #hash(): number {
    let hash = this.#seed;
    for (let word = 1; word < KEY_WORDS; word++) {
      hash = Math.imul(hash ^ (this.#sought[word] as number), 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    return Math.imul(hash, 0xc2b2ae35) >>> 0;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(Math.ceil(this.#capacity * GROWTH) * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 1] === 0) continue;
      for (let word = 0; word < KEY_WORDS; word++) this.#sought[word] = old[at + word] as number;
      this.#put(this.#find(), old[at + KEY_WORDS] as number);
    }
  }
}
