import type { KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { AdjustingTerms, AdjustmentVerdict } from "../../internal/core/ledger/adjusting_round.ts";
import type { AdjustmentChange, AuditEntry } from "../../internal/core/ledger/adjustment.ts";
import { AUDIT_NAMES, auditName, auditRecordIn, decodeAuditEntry } from "../../internal/core/ledger/audit_entries.ts";
import { isOver } from "../../internal/core/ledger/audit_state.ts";
import type { Ledger } from "../../internal/core/ledger/ledger.ts";
import { isIn } from "../../internal/ports/store_writes.ts";
import { keyAt } from "../core/keys/keys.ts";
import { bitOf, type HitSet, namesOf } from "./hit_names.ts";
import { Violation } from "./parts.ts";

const KEY_TIME_MS = 1_000_000;
const ROOM = 100;

/** A request for one of the scope's adjustments, which waits at a leader. */
export interface Ask {
  /** Which adjustment. All requests for it have one key. */
  readonly change: number;
  /** Whether a transaction that does it was sent to the store. */
  readonly attempted: boolean;
}

/** What people were told of one adjustment. */
export interface AdjustedBook {
  /** Requests that were not told that they did nothing. */
  readonly open: number;
  /** Requests that were told that they did it, and no other before. */
  readonly first: number;
  /** Whether a request was told that it is done. */
  readonly done: boolean;
}

export const NOTHING_ASKED: AdjustedBook = { open: 0, first: 0, done: false };

/** What a request was told: nobody knows, that it did nothing, or that it is done. */
export type Told = "unknown" | "refused" | "first" | "duplicate";

export function withTold(book: AdjustedBook, told: Told): AdjustedBook {
  return {
    ...book,
    open: book.open - (told === "refused" ? 1 : 0),
    first: book.first + (told === "first" ? 1 : 0),
    done: book.done || told === "first" || told === "duplicate",
  };
}

/** Follows `outcomeOf` of AdjustmentQueue. */
export function toldBy(verdict: AdjustmentVerdict): Told {
  if (verdict.kind === "done") return verdict.duplicate ? "duplicate" : "first";
  return verdict.kind === "expired" ? "unknown" : "refused";
}

/** What the next plan has of adjustments. Follows `AdjustmentQueue.prepare`; `entries`: the store as the leader looks keys up. */
export function adjustingTerms(
  asks: readonly Ask[],
  changes: readonly AdjustmentChange[],
  { audit }: Ledger,
  entries: ReadonlyMap<string, Uint8Array>,
  auditEntries: number,
): AdjustingTerms {
  const limits = { entries: auditEntries, bytes: 1_000_000 };
  const offers = asks.map(({ change }, at) => ({
    number: at + 1,
    adjustment: { key: keyOf(change), who: "", reason: "", change: changes[change]! },
  }));
  const known = auditIn(entries).filter(({ key }) => offers.some(({ adjustment }) => adjustment.key === key));
  const names = [...entries.keys()].filter((name) => isIn(name, AUDIT_NAMES)).sort();
  return {
    offers,
    known: new Map(known.map((entry) => [entry.key, entry])),
    oldest: isOver(audit, limits) ? names.map((name) => auditRecordIn(name, entries.get(name)!)) : [],
    limits,
    wall: KEY_TIME_MS,
    room: ROOM,
    reserved: new Set(),
  };
}

/** Throws Violation. */
export function checkAdjusted(
  books: readonly AdjustedBook[],
  { ledger, entries }: { readonly ledger: Ledger; readonly entries: ReadonlyMap<string, Uint8Array> },
): void {
  for (const [change, { open, first, done }] of books.entries()) {
    const isThere = entries.has(auditName(keyOf(change)));
    const isKept = keyOf(change) > (ledger.audit.prunedTo ?? "");
    if (first > 1) throw new Violation(`adjustment ${change}: two requests were told that they did it`);
    if (done && isKept && !isThere) throw new Violation(`adjustment ${change}: a request was told that it is done`);
    if (isThere && open === 0) throw new Violation(`adjustment ${change} is done, and every request was refused`);
  }
}

/** Hits whose counters were reset or deleted after they were counted. Throws Violation when one was counted and taken away twice. */
export function takenAway(entries: ReadonlyMap<string, Uint8Array>): HitSet {
  let hits = 0;
  for (const { counter, before, after } of auditIn(entries)) {
    if (counter === null || before === 0n) continue;
    if (before > 1n) throw new Violation(`hit ${counter} was counted ${before} times when it was taken away`);
    if (after > 0n) throw new Violation(`hit ${counter} was not taken away`);
    if (hits & bitOf(counter)) throw new Violation(`hit ${namesOf(bitOf(counter))} was counted again`);
    hits |= bitOf(counter);
  }
  return hits;
}

/** Equal for stores that say the same of adjustments. */
export function keyOfAudit(entries: ReadonlyMap<string, Uint8Array>): string {
  return auditIn(entries)
    .map(({ key, before, after, generation }) => `${key} ${before} ${after} ${generation}`)
    .join();
}

function auditIn(entries: ReadonlyMap<string, Uint8Array>): AuditEntry[] {
  const names = [...entries.keys()].filter((name) => isIn(name, AUDIT_NAMES)).sort();
  return names.map((name) => decodeAuditEntry(name, entries.get(name)!));
}

function keyOf(change: number): KeyId {
  return keyAt(KEY_TIME_MS, change);
}
