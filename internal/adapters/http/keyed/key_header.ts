import type { IncomingMessage } from "node:http";
import { type KeyId, parseKey } from "../../../core/keys/idempotency_key.ts";
import { Problem } from "../problem.ts";
import { badKey, keyNotHere } from "./key_problems.ts";

/** Name of the header, in lower case as node:http has it. */
const HEADER = "idempotency-key";

/** The value of a request's header; undefined: it has none. */
export function keyHeader({ headers }: IncomingMessage): string | undefined {
  // Of a header that comes twice, node:http makes one text, which is no key.
  return headers[HEADER] as string | undefined;
}

/** A request's key; null: it has none. Throws Problem if it has a header that is no key. */
export function keyOf(req: IncomingMessage): KeyId | null {
  const text = keyHeader(req);
  if (text === undefined) return null;
  const key = parseKey(text);
  if (key === null) throw new Problem(badKey(text));
  return key;
}

/** Throws Problem if a request has a key where none can be used: its sender would believe that it counts once. */
export function refuseKey(req: IncomingMessage): void {
  if (keyHeader(req) !== undefined) throw new Problem(keyNotHere());
}
