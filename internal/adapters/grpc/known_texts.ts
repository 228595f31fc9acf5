const SLOTS = 4_096;
const MAX_BYTES = 64;
const FIRST_NON_ASCII = 0x80;

/**
 * Texts that were read before, by their bytes. All nodes send the same names in each round: a text that is the same object costs no
 * decoding, and a map finds it without comparing characters. Each slot has the last text that fell into it, so the memory is bounded
 * whatever peers send.
 */
export class KnownTexts {
  readonly #texts: string[] = new Array(SLOTS).fill("");

  /** The UTF-8 text in these bytes, from `from` to `to`. */
  read(bytes: Buffer, from: number, to: number): string {
    if (to - from > MAX_BYTES) return bytes.toString("utf8", from, to);
    // FNV-1a, as in core/hash.ts.
    let hash = 0x811c9dc5;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    const known = this.#texts[slot] as string;
    if (isIn(known, bytes, from, to)) return known;
    const text = bytes.toString("utf8", from, to);
    this.#texts[slot] = text;
    return text;
  }
}

/** Whether these bytes are `text` in ASCII. */
function isIn(text: string, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= FIRST_NON_ASCII || code !== bytes[from + at]) return false;
  }
  return true;
}
