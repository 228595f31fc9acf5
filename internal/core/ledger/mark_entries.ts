import { BrokenInvariant } from "../invariant.ts";
import type { KeptMarks } from "../marks/kept_marks.ts";
import { type DaySecret, isDaySecret, type Mark } from "../marks/mark.ts";
import { endOf, firstOpen, PERIOD_KINDS, type Period } from "../marks/period.ts";
import { formats, splitLine, withLine } from "./entry_bytes.ts";
import { UnreadableLedger } from "./entry_fields.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerDraft } from "./ledger_draft.ts";

/**
 * Entries of marks:
 *
 * - `marks/<period>/<version>`: one line of JSON, then 8 bytes for each mark (big-endian) that the version counted in this period, and
 *   perhaps versions before it. The version has 16 digits.
 * - `marks/<day>/secret`: one line of JSON with the day's secret, 32 hex digits.
 *
 * What belongs to one period stands together, so one range delete forgets it.
 */
export const MARK_NAMES = { from: "marks/", to: "marks0" };
const VERSION_DIGITS = 16;
const ENTRY_NAME = /^marks\/((?:day|hour)-\d{8}(?=\/\d)|day-\d{8}(?=\/s))\/(?:(\d{16})|secret)$/;
export const RECORD_BYTES = 8;

/** From this many entries on, a period's newest ones are put together. So a day has some hundred entries, and not one for each second. */
export const MANY_ENTRIES = 1_000;
/** Bytes of an entry that is not put together with others any more. */
export const FULL_ENTRY_BYTES = 256_000;

interface NameRange {
  readonly from: string;
  readonly to: string;
}

/** What a transaction must write about marks. */
export interface MarkWrites {
  readonly puts: ReadonlyMap<string, Uint8Array>;
  readonly ranges: readonly NameRange[];
  /** By period: its new entry has all entries from this version on. */
  readonly mergedFrom: ReadonlyMap<Period, number>;
}

/** `mayMerge`: whether the transaction has room for FULL_ENTRY_BYTES. */
export function markWrites({ marks }: Ledger, { marks: draft, version }: LedgerDraft, mayMerge: boolean): MarkWrites {
  const puts = new Map<string, Uint8Array>();
  const ranges: NameRange[] = [];
  const mergedFrom = new Map<Period, number>();
  for (const [period, added] of draft.added) {
    const merged = mayMerge ? marks.toMerge(period, MANY_ENTRIES, FULL_ENTRY_BYTES / RECORD_BYTES) : null;
    const name = entryName(period, version);
    puts.set(name, encodeMarks(merged ? [...marks.from(period, merged.from), ...added] : [...added]));
    if (merged === null) continue;
    mergedFrom.set(period, merged.version);
    ranges.push({ from: entryName(period, merged.version), to: name });
  }
  for (const [day, secret] of draft.newSecrets) puts.set(secretName(day), encodeSecret(secret));
  if (marks.isForgettable(draft.forgottenTo)) ranges.push(...namesBefore(draft.forgottenTo));
  return { puts, ranges, mergedFrom };
}

/** Names of all entries of the periods that are over at `time`. */
function namesBefore(time: number): NameRange[] {
  return PERIOD_KINDS.map((kind) => {
    return { from: `${MARK_NAMES.from}${kind}-`, to: `${MARK_NAMES.from}${firstOpen(kind, time)}` };
  });
}

/**
 * Adds an entry to the marks of a ledger at `version`. Entries come in the order of their names. Throws UnreadableLedger.
 */
export function addMarkEntry(
  marks: KeptMarks,
  name: string,
  entry: Uint8Array,
  { version, visitorsForgottenTo }: { readonly version: number; readonly visitorsForgottenTo: number },
): void {
  const [, period = "", digits] = ENTRY_NAME.exec(name) ?? [];
  if (period === "") throw new UnreadableLedger(name, `its name must be "${MARK_NAMES.from}", a period, and a version`);
  if (endOf(period) <= visitorsForgottenTo) throw new UnreadableLedger(name, "the ledger has forgotten its period");
  if (digits === undefined) {
    marks.secrets.set(period, decodeSecret(name, entry));
    return;
  }
  const counted = Number(digits);
  if (counted === 0 || counted > version)
    throw new UnreadableLedger(name, `version ${counted} is not one of a ledger at version ${version}`);
  try {
    marks.add(period, counted, marksInEntry(name, entry));
  } catch (error) {
    if (!(error instanceof BrokenInvariant)) throw error;
    throw new UnreadableLedger(name, "it has a mark twice, or one that another entry has", { cause: error });
  }
}

/** The marks of an entry. Throws UnreadableLedger. */
export function marksInEntry(name: string, entry: Uint8Array): Mark[] {
  const { rest } = splitLine(name, entry);
  if (rest.length === 0 || rest.length % RECORD_BYTES !== 0)
    throw new UnreadableLedger(name, `${rest.length} bytes of marks are not a multiple of ${RECORD_BYTES} above 0`);
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  const read = (at: number): Mark => ({ high: view.getUint32(at), low: view.getUint32(at + 4) });
  return Array.from({ length: rest.length / RECORD_BYTES }, (_, place) => read(place * RECORD_BYTES));
}

export function encodeMarks(marks: readonly Mark[]): Uint8Array {
  const { bytes, view, at } = withLine(formats(2), marks.length * RECORD_BYTES);
  for (const [place, { high, low }] of marks.entries()) {
    view.setUint32(at + place * RECORD_BYTES, high);
    view.setUint32(at + place * RECORD_BYTES + 4, low);
  }
  return bytes;
}

function encodeSecret(secret: DaySecret): Uint8Array {
  return withLine({ ...formats(2), secret }, 0).bytes;
}

/** Throws UnreadableLedger. It never quotes what it read: that may be a secret. */
export function decodeSecret(name: string, entry: Uint8Array): DaySecret {
  const secret = splitLine(name, entry).fields.raw("secret");
  if (typeof secret === "string" && isDaySecret(secret)) return secret;
  throw new UnreadableLedger(name, "its secret must be 32 hex digits");
}

function secretName(day: Period): string {
  return `${MARK_NAMES.from}${day}/secret`;
}

function entryName(period: Period, version: number): string {
  return `${MARK_NAMES.from}${period}/${String(version).padStart(VERSION_DIGITS, "0")}`;
}
