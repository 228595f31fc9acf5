import type { KeyId } from "../../core/keys/idempotency_key.ts";
import { timeOfKey } from "../../core/keys/idempotency_key.ts";
import type { AuditEntry } from "../../core/ledger/adjustment.ts";
import { AUDIT_NAMES, auditName, decodeAuditEntry } from "../../core/ledger/audit_entries.ts";
import { decodeHead } from "../../core/ledger/head_encoding.ts";
import type { AuditPage } from "../../ports/adjusting.ts";
import type { EntryRange, Store } from "../../ports/store.ts";

const CHUNK_BYTES = 1_000_000;
/** The first part of the past that is read for a page, in milliseconds. The parts before it become longer. */
const FIRST_SPAN_MS = 60_000;
const GROWTH = 8;
/** Keys may be ahead of this clock: by a minute of the leader's, and by what the two clocks differ. */
const AHEAD_MS = 24 * 3_600_000;

/**
 * At most `limit` adjustments with keys before `after`, newest first; null: from the newest on. `wall`: milliseconds since 1970. A store reads
 * entries in ascending order only, so this goes back in time in ever longer spans. Throws StoreError, UnreadableLedger.
 */
export async function readAudit(store: Store, after: KeyId | null, limit: number, wall: number): Promise<AuditPage> {
  const { head } = await store.readHead();
  const audit = head === null ? null : decodeHead(head).audit;
  const since = audit === null || audit.since === 0 ? null : audit.since;
  if (audit === null || audit.entries === 0) return { since, entries: [], next: null };
  const found: AuditEntry[] = [];
  let to = after === null ? nameAt(wall + AHEAD_MS) : auditName(after);
  for (let span = FIRST_SPAN_MS; found.length <= limit && to > AUDIT_NAMES.from; span *= GROWTH) {
    const from = nameAt((after === null ? wall : Math.min(wall, timeOfKey(after))) - span);
    if (from < to) found.push(...(await entriesIn(store, { from, to })).reverse());
    to = from < to ? from : to;
  }
  const entries = found.slice(0, limit);
  return { since, entries, next: found.length > limit ? (entries.at(-1)?.key ?? null) : null };
}

/** The name that sorts before all keys of this time. */
function nameAt(ms: number): string {
  if (ms <= 0) return AUDIT_NAMES.from;
  const digits = Math.floor(ms).toString(16).padStart(12, "0");
  return `${AUDIT_NAMES.from}${digits.slice(0, 8)}-${digits.slice(8)}`;
}

async function entriesIn(store: Store, range: EntryRange): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for (let from: string | null = range.from; from !== null; ) {
    const { entries, next } = await store.scan({ from, to: range.to }, CHUNK_BYTES);
    for (const [name, bytes] of entries) found.push(decodeAuditEntry(name, bytes));
    from = next;
  }
  return found;
}
