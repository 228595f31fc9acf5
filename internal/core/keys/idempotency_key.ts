import { fnv1a32 } from "../hash.ts";
import { wordInHex } from "../hex.ts";

/** An idempotency key: the 32 lowercase hex digits of a UUIDv7. */
export type KeyId = string;

/** Bytes of a key. */
export const KEY_BYTES = 16;

/** The form of a UUIDv7 as text (RFC 9562, sections 4 and 5.7). */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const KEY_ID = /^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/;

/** The key in a header's value; null if that is no UUIDv7. */
export function parseKey(text: string): KeyId | null {
  return UUID_V7.test(text) ? text.replaceAll("-", "").toLowerCase() : null;
}

export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

/** The same of its bytes. Peers send thousands of keys in a message, and a regular expression took a third of the time to read one. */
export function areKeyBytes(bytes: Uint8Array): boolean {
  return bytes.length === KEY_BYTES && (bytes[6] as number) >>> 4 === 7 && (bytes[8] as number) >>> 6 === 0b10;
}

/** The time in a key, in milliseconds since 1970: its first 48 bits. */
export function timeOfKey(key: KeyId): number {
  return wordInHex(key, 0) * 2 ** 16 + (wordInHex(key, 8) >>> 16);
}

/** Tells a request from another one with the same key: 32 bits of what it counts. */
export function contentOf(counter: string, by: number): number {
  return fnv1a32(`${by} ${counter}`);
}
