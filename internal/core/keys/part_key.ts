import { fnv1a64 } from "../hash.ts";
import type { KeyId } from "./idempotency_key.ts";

/** Hex digits of a key before its last random part. */
const HEAD_DIGITS = 16;
const VARIANT = 0b10n << 62n;

/** The key of the part of an import that begins with this line: it has the time of the import's key, and is the same each time. */
export function partKey(key: KeyId, line: number): KeyId {
  const random = VARIANT | BigInt.asUintN(62, fnv1a64(`${key} ${line}`));
  return key.slice(0, HEAD_DIGITS) + random.toString(16);
}
