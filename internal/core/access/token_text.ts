import { fnv1a32 } from "../hash.ts";

/** Bytes of chance in a token. */
export const TOKEN_BYTES = 32;

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Digits that 32 bytes need in base62, and those that 32 bits need. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const TOKEN = new RegExp(`^gc_([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);

/**
 * A token: `gc_`, `secret` in base62, and its checksum. The prefix lets scanners find tokens that leaked, and the checksum tells a mistyped
 * token from a revoked one without any secret.
 *
 * @param secret TOKEN_BYTES bytes from a cryptographic source.
 */
export function tokenText(secret: Uint8Array): string {
  if (secret.length !== TOKEN_BYTES) throw new RangeError(`A token needs ${TOKEN_BYTES} bytes, not ${secret.length}`);
  let number = 0n;
  for (const byte of secret) number = (number << 8n) | BigInt(byte);
  const digits = base62(number, SECRET_LENGTH);
  return `gc_${digits}${checksumOf(digits)}`;
}

/** Whether `text` is a complete token without a typing mistake. It may still be one that nobody made. */
export function isTokenText(text: string): boolean {
  const [, digits, checksum] = TOKEN.exec(text) ?? [];
  return digits !== undefined && checksumOf(digits) === checksum;
}

function checksumOf(digits: string): string {
  return base62(BigInt(fnv1a32(digits)), CHECKSUM_LENGTH);
}

function base62(number: bigint, length: number): string {
  let text = "";
  for (let rest = number; text.length < length; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text;
}
