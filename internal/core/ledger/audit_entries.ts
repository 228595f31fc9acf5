import { fnv1a32 } from "../hash.ts";
import { type KeyId, parseKey } from "../keys/idempotency_key.ts";
import { isDestination } from "../links/destination.ts";
import { isCounterName } from "../names.ts";
import type { Adjustment, AdjustmentChange, AuditEntry, ImportedPart, LinkChange } from "./adjustment.ts";
import type { AuditRecord } from "./audit_state.ts";
import { formats, splitLine, withLine } from "./entry_bytes.ts";
import { type EntryFields, UnreadableLedger } from "./entry_fields.ts";

/** Entries `audit/<key>`: one line of JSON each, what one adjustment did. The key is a UUID as people write it. They sort by the time in their keys. */
export const AUDIT_NAMES = { from: "audit/", to: "audit0" };
const ACTIONS: readonly string[] = ["set", "delete", "import", "link", "unlink"] satisfies AdjustmentChange["action"][];

export function auditName(key: KeyId): string {
  return AUDIT_NAMES.from + keyText(key);
}

/** The range that has no entry but that of `key`. */
export function auditRange(key: KeyId): { readonly from: string; readonly to: string } {
  return { from: auditName(key), to: `${auditName(key)}!` };
}

/** The entries of all keys up to `key`. */
export function auditRangeTo(key: KeyId): { readonly from: string; readonly to: string } {
  return { from: AUDIT_NAMES.from, to: auditRange(key).to };
}

/** A key as people write it: a UUID (RFC 9562, section 4). */
export function keyText(key: KeyId): string {
  return [key.slice(0, 8), key.slice(8, 12), key.slice(12, 16), key.slice(16, 20), key.slice(20)].join("-");
}

/** Tells an adjustment from another one with the same key: 32 bits of what it changes, in hex. */
export function contentOfChange(change: AdjustmentChange): string {
  const text = change.action === "import" ? contentOfImport(change) : Object.values(change).join(" ");
  return fnv1a32(text).toString(16).padStart(8, "0");
}

function contentOfImport({ mode, line, lines }: Extract<AdjustmentChange, { action: "import" }>): string {
  return [mode, line, ...lines.map(({ counter, value, region }) => `${counter} ${value} ${region}`)].join("\n");
}

/** What was done by `adjustment`. */
export function auditEntryOf(
  { key, who, reason, change }: Adjustment,
  done: Pick<AuditEntry, "at" | "before" | "after" | "generation" | "imported" | "linked">,
): AuditEntry {
  const counter = change.action === "import" ? null : change.counter;
  return { key, who, reason, action: change.action, counter, content: contentOfChange(change), ...done };
}

export function encodeAuditEntry({ key: _, before, after, imported, linked, ...entry }: AuditEntry): Uint8Array {
  const sums = { before: String(before), after: String(after) };
  const parts = { ...(imported && { imported }), ...(linked && { linked }) };
  return withLine({ ...formats(2), ...entry, ...sums, ...parts }, 0).bytes;
}

/** Throws UnreadableLedger. */
export function decodeAuditEntry(name: string, bytes: Uint8Array): AuditEntry {
  const key = parseKey(name.slice(AUDIT_NAMES.from.length));
  if (key === null || name !== auditName(key))
    throw new UnreadableLedger(name, `its name must be "${AUDIT_NAMES.from}" and a UUIDv7`);
  const { fields } = splitLine(name, bytes);
  const action = fields.text("action");
  if (!ACTIONS.includes(action)) throw new UnreadableLedger(name, `its action "${action}" is none of ${ACTIONS}`);
  return {
    key,
    at: fields.whole("at"),
    who: fields.text("who"),
    reason: fields.text("reason"),
    action: action as AuditEntry["action"],
    counter: fields.has("counter") ? counterIn(name, fields) : null,
    before: fields.decimal("before"),
    after: fields.decimal("after"),
    generation: fields.whole("generation"),
    imported: fields.has("imported") ? importedIn(fields.fields("imported")) : null,
    linked: fields.has("linked") ? linkedIn(name, fields.fields("linked")) : null,
    content: fields.text("content"),
  };
}

/** What pruning needs of an entry. One that is damaged can be pruned, too. */
export function auditRecordIn(name: string, bytes: Uint8Array): AuditRecord {
  const key = parseKey(name.slice(AUDIT_NAMES.from.length)) ?? "";
  return { key, bytes: name.length + bytes.length, at: timeIn(name, bytes) };
}

function timeIn(name: string, bytes: Uint8Array): number {
  try {
    return decodeAuditEntry(name, bytes).at;
  } catch (error) {
    if (error instanceof UnreadableLedger) return 0;
    throw error;
  }
}

function counterIn(name: string, fields: EntryFields): string {
  const counter = fields.text("counter");
  if (!isCounterName(counter)) throw new UnreadableLedger(name, `it names "${counter}", which is no counter`);
  return counter;
}

function importedIn(fields: EntryFields): ImportedPart {
  const [line, lines] = [fields.whole("line"), fields.whole("lines")];
  return { line, lines, counters: fields.whole("counters"), skipped: fields.whole("skipped") };
}

function linkedIn(name: string, fields: EntryFields): LinkChange {
  return { from: destinationIn(name, fields, "from"), to: destinationIn(name, fields, "to") };
}

function destinationIn(name: string, fields: EntryFields, key: keyof LinkChange): string | null {
  if (!fields.has(key)) return null;
  const url = fields.text(key);
  if (!isDestination(url)) throw new UnreadableLedger(name, `its ${key} is no address that a link may lead to`);
  return url;
}
