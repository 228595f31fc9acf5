import { isKeyId, type KeyId } from "../keys/idempotency_key.ts";
import { type EntryFields, UnreadableLedger } from "./entry_fields.ts";

/** What `head` says of the entries `audit/<key>`. */
export interface AuditState {
  readonly entries: number;
  /** Bytes of all entries together, with their names. */
  readonly bytes: number;
  /** No entry up to this key is kept, and no adjustment with such a key is ever done again. Null: all are kept. Invariant: only grows. */
  readonly prunedTo: KeyId | null;
  /** All adjustments that were done after this time are kept: milliseconds since 1970 by the leaders' clocks; 0: all. */
  readonly since: number;
}

export const NO_AUDIT: AuditState = { entries: 0, bytes: 0, prunedTo: null, since: 0 };

/** An entry that may be pruned. */
export interface AuditRecord {
  readonly key: KeyId;
  readonly bytes: number;
  readonly at: number;
}

/** Most entries that are kept, and most bytes. */
export interface AuditLimits {
  readonly entries: number;
  readonly bytes: number;
}

export const AUDIT_LIMITS: AuditLimits = { entries: 10_000, bytes: 16_000_000 };

/** Whether entries should be pruned before there are more. */
export function isOver({ entries, bytes }: AuditState, limits: AuditLimits): boolean {
  return entries > limits.entries || bytes > limits.bytes;
}

/** The state without the `oldest` entries that are too many. They come in the order of their keys. */
export function pruned(state: AuditState, oldest: Iterable<AuditRecord>, limits: AuditLimits): AuditState {
  let left = state;
  for (const { key, bytes, at } of oldest) {
    if (!isOver(left, limits)) break;
    if (!isKeyId(key)) continue;
    const since = Math.max(left.since, at + 1);
    left = { entries: left.entries - 1, bytes: left.bytes - bytes, prunedTo: key, since };
  }
  return left;
}

/** For the line of `head`; nothing as long as nothing was ever adjusted. */
export function auditField({ entries, bytes, prunedTo, since }: AuditState): { readonly audit?: object } {
  if (entries === 0 && prunedTo === null) return {};
  return { audit: { entries, bytes, ...(prunedTo !== null && { prunedTo, since }) } };
}

/** Throws UnreadableLedger. */
export function auditStateIn(entry: string, head: EntryFields): AuditState {
  if (!head.has("audit")) return NO_AUDIT;
  const fields = head.fields("audit");
  const [entries, bytes] = [fields.whole("entries"), fields.whole("bytes")];
  if (!fields.has("prunedTo")) return { ...NO_AUDIT, entries, bytes };
  const prunedTo = fields.text("prunedTo");
  if (!isKeyId(prunedTo)) throw new UnreadableLedger(entry, `its audit is pruned to "${prunedTo}", which is no key`);
  return { entries, bytes, prunedTo, since: fields.whole("since") };
}
