import { wordInHex } from "../hex.ts";
import { BrokenInvariant } from "../invariant.ts";
import { isKeyId, KEY_BYTES, type KeyId } from "../keys/idempotency_key.ts";
import type { KeptKeys } from "../keys/kept_keys.ts";
import { formats, splitLine, withLine } from "./entry_bytes.ts";
import { UnreadableLedger } from "./entry_fields.ts";

/**
 * An entry of keys, `keys/<version>`: one line of JSON, then 20 bytes for each key that the version counted: the key (16), and what tells
 * its request from another one with the same key (4, big-endian). The version has 16 digits, so that entries sort by it.
 */
export const KEY_NAMES = { from: "keys/", to: "keys0" };
const KEYS = KEY_NAMES.from;
const VERSION_DIGITS = 16;
const ENTRY_NAME = /^keys\/\d{16}$/;
const RECORD_BYTES = KEY_BYTES + 4;

export function keyEntryName(version: number): string {
  return KEYS + String(version).padStart(VERSION_DIGITS, "0");
}

/** Names of the entries up to `version`. */
export function keyEntriesTo(version: number): { readonly from: string; readonly to: string } {
  return { from: keyEntryName(0), to: keyEntryName(version + 1) };
}

export function encodeKeys(keys: ReadonlyMap<KeyId, number>): Uint8Array {
  const { bytes, view, at } = withLine(formats(2), keys.size * RECORD_BYTES);
  let offset = at;
  for (const [key, content] of keys) {
    for (let at = 0; at < KEY_BYTES; at += 4) view.setUint32(offset + at, wordInHex(key, 2 * at));
    view.setUint32(offset + KEY_BYTES, content);
    offset += RECORD_BYTES;
  }
  return bytes;
}

/**
 * Adds the keys of one entry of a ledger at `version` that has forgotten those up to `forgottenTo`. Entries come in the order of their
 * names. Throws UnreadableLedger.
 */
export function addKeyEntry(
  keys: KeptKeys,
  name: string,
  entry: Uint8Array,
  { version, keysForgottenTo }: { readonly version: number; readonly keysForgottenTo: number },
): void {
  const counted = versionIn(name);
  if (counted > version) throw new UnreadableLedger(name, `the ledger is only at version ${version}`);
  addEntry(keys, name, counted, keysInEntry(name, entry), keysForgottenTo);
}

function addEntry(
  keys: KeptKeys,
  name: string,
  version: number,
  records: readonly (readonly [KeyId, number])[],
  forgottenTo: number,
): void {
  try {
    keys.add(version, records, forgottenTo);
  } catch (error) {
    if (!(error instanceof BrokenInvariant)) throw error;
    throw new UnreadableLedger(name, "it has a key that another version counted, or the same one twice", {
      cause: error,
    });
  }
}

function versionIn(name: string): number {
  const version = ENTRY_NAME.test(name) ? Number(name.slice(KEYS.length)) : 0;
  if (version > 0 && Number.isSafeInteger(version)) return version;
  throw new UnreadableLedger(name, `its name must be "${KEYS}" and a version of ${VERSION_DIGITS} digits`);
}

/** The keys of an entry, with their content. Throws UnreadableLedger. */
export function keysInEntry(name: string, entry: Uint8Array): [KeyId, number][] {
  const { rest } = splitLine(name, entry);
  if (rest.length === 0 || rest.length % RECORD_BYTES !== 0)
    throw new UnreadableLedger(name, `${rest.length} bytes of keys are not a multiple of ${RECORD_BYTES} above 0`);
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  const records: [KeyId, number][] = [];
  for (let at = 0; at < rest.length; at += RECORD_BYTES) {
    const key = hexAt(view, at) + hexAt(view, at + 8);
    if (!isKeyId(key)) throw new UnreadableLedger(name, `${key} is no key: it must be a UUIDv7`);
    records.push([key, view.getUint32(at + KEY_BYTES)]);
  }
  return records;
}

function hexAt(view: DataView, at: number): string {
  return view.getBigUint64(at).toString(16).padStart(16, "0");
}
