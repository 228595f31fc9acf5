const DIGITS = 8;
const [ZERO, TEN] = [0x30, 0x61];

/** The 32 bits in the 8 lowercase hex digits of `text` from `at` on. `Number.parseInt` would need a text of its own for each. */
export function wordInHex(text: string, at: number): number {
  let word = 0;
  for (let i = at; i < at + DIGITS; i++) {
    const code = text.charCodeAt(i);
    word = (word << 4) | (code < TEN ? code - ZERO : code - TEN + 10);
  }
  return word >>> 0;
}
