import { AUDIT_NAMES, auditRangeTo } from "./audit_entries.ts";
import { DAY_NAMES, dayEntriesBefore } from "./day_entries.ts";
import { ENDED_PAGE, FREE_LOG_BYTES, type Layout, planFolding } from "./folding.ts";
import { encodeHead, HEAD } from "./head_encoding.ts";
import { KeptRounds } from "./kept_rounds.ts";
import { encodeKeys, KEY_NAMES, keyEntriesTo, keyEntryName } from "./key_entries.ts";
import { daysOf, type Ledger } from "./ledger.ts";
import type { LedgerDraft } from "./ledger_draft.ts";
import { BUCKET_NAMES, ENDED, encodeChange } from "./ledger_encoding.ts";
import { LINK_NAMES, linkWrites } from "./link_entries.ts";
import { FULL_ENTRY_BYTES, MARK_NAMES, markWrites } from "./mark_entries.ts";
import { encodePageList, listAfter, PAGE_LIST, PAGE_LIST_BYTES } from "./page_list.ts";
import { portionsOf } from "./page_portions.ts";
import { PAGE_NAMES } from "./pages_encoding.ts";
import { changeOf } from "./round_change.ts";
import { encodeRound, ROUND_NAMES, type RoundChange, roundName } from "./round_encoding.ts";
import { Totals } from "./totals.ts";

/** Largest transaction. By default etcd refuses requests over 1.5 MiB. */
export const MAX_TRANSACTION_BYTES = 1_250_000;
/** Largest round of several batches, so that as many bytes of pages fit beside it. */
const MAX_ROUND_BYTES = 600_000;
/** The same with its keys. */
const MAX_KEYED_ROUND_BYTES = 850_000;
/** Puts and range deletes of one transaction. etcd takes no more, unless its --max-txn-ops says otherwise. */
export const MAX_OPERATIONS = 128;
/** Of these, `head`, the round, the list of pages, and the ranges of rounds, keys, the audit and days. */
const FIXED_OPERATIONS = 7;
/** Most entries of pages and their days in one transaction. */
const MAX_FOLDED_ENTRIES = 100;

/** Names from `from` on and before `to`. */
export interface NameRange {
  readonly from: string;
  readonly to: string;
}

/** What the store must change so that it has the next version, and how memory follows. */
export interface Transaction {
  readonly next: Ledger;
  /** A null value deletes the entry. */
  readonly puts: ReadonlyMap<string, Uint8Array | null>;
  /** Entries to delete. */
  readonly ranges: readonly NameRange[];
  /** Size of `puts` in bytes. */
  readonly bytes: number;
  /** Whether it is small enough. That of one batch always is, because batches are bounded. */
  readonly fits: boolean;
  /** Updates what all versions share: totals and kept rounds. Call only once the store has `next`. */
  commit(): void;
}

/**
 * What writes `next`, which `draft` makes of `ledger`. `free`: bytes of kept rounds that owe nothing. Throws LedgerMismatch if a page that
 * it folds does not add up.
 */
export function transactionOf(ledger: Ledger, draft: LedgerDraft, next: Ledger, free = FREE_LOG_BYTES): Transaction {
  if (ledger.layout) return roundWithPages(ledger, { ...ledger.layout, free }, draft, next);
  const puts = encodeChange(next, draft.changed, draft.endedChanged);
  const bytes = sizeOf(puts);
  return { next, puts, ranges: [], bytes, fits: bytes <= MAX_TRANSACTION_BYTES, commit: () => draft.commit(next) };
}

function roundWithPages(
  ledger: Ledger,
  layout: Layout & { readonly free: number },
  draft: LedgerDraft,
  unfolded: Ledger,
): Transaction {
  const change = changeOf(ledger, draft);
  const entry = encodeRound(change);
  const byPage = Map.groupBy(draft.changed, ([counter]) => ledger.totals.pageOf(counter));
  const changed = withEnded(new Set(byPage.keys()), change);
  const keys = keysOf(draft);
  const keyBytes = sizeOf(keys);
  const marks = markWrites(ledger, draft, entry.length + keyBytes + FULL_ENTRY_BYTES <= MAX_KEYED_ROUND_BYTES);
  const links = linkWrites(draft.linked);
  const besides = new Map([...keys, ...marks.puts, ...draft.audited, ...links]);
  const fixedBytes = entry.length + encodeHead(unfolded).length + PAGE_LIST_BYTES;
  const bytesLeft = MAX_TRANSACTION_BYTES - fixedBytes - sizeOf(besides);
  const operationsLeft = MAX_OPERATIONS - FIXED_OPERATIONS - besides.size - marks.ranges.length;
  const { portions, pages, ...place } = planFolding(
    layout,
    { version: unfolded.version, bytes: entry.length, changed },
    (page) => portionsOf(ledger, draft, page, byPage.get(page) ?? []),
    { bytes: bytesLeft, entries: Math.min(MAX_FOLDED_ENTRIES, operationsLeft) },
  );
  const { rounds } = layout;
  const list = listAfter(layout, pages);
  const next = { ...unfolded, layout: { ...place, listed: list?.size ?? layout.listed, rounds } };
  const folded = portions.flatMap(({ entries }) => [...entries]);
  const round = [roundName(next.version), entry] as const;
  const head = [HEAD, encodeHead(next)] as const;
  const puts = new Map<string, Uint8Array | null>([head, round, ...besides, ...folded]);
  if (list) puts.set(PAGE_LIST, encodePageList(list));
  const { tail } = layout;
  const dropped = place.tail > tail ? [{ from: roundName(tail), to: roundName(place.tail) }] : [];
  const forgotten = draft.keysDeletedTo > 0 ? [keyEntriesTo(draft.keysDeletedTo)] : [];
  const oldDays = next.daysFrom > ledger.daysFrom ? [dayEntriesBefore(next.daysFrom)] : [];
  return {
    next,
    puts,
    ranges: [...dropped, ...forgotten, ...marks.ranges, ...prunedAudit(ledger, next), ...oldDays],
    bytes: sizeOf(puts),
    fits: entry.length <= MAX_ROUND_BYTES && entry.length + keyBytes <= MAX_KEYED_ROUND_BYTES,
    commit: () => {
      draft.commit(next, marks.mergedFrom);
      rounds.add(next.version, entry.length, changed);
      for (const page of pages) rounds.folded(page);
      for (const { page, days } of portions) ledger.days.written(page, days);
      rounds.dropBefore(place.tail);
    },
  };
}

/**
 * Writes a ledger of format 1 as one of format 2, with all totals in its first round: 4,096 pages would not fit one transaction, and they are
 * folded in their turn. `seed`: 16 hex digits, for the hash of its pages. Nothing of an earlier ledger may stay among its entries (H74).
 */
export function conversionOf(before: Ledger, seed: string): Transaction {
  const rounds = new KeptRounds();
  const version = before.version;
  const layout = { turn: 0, owed: 0, tail: version, listed: 0, rounds };
  const totals = new Totals(before.totals, seed);
  const next = { ...before, totals, days: daysOf(totals), layout };
  const change = { version, counters: new Map(next.totals), ended: next.ended };
  const entry = encodeRound(change);
  const puts = new Map([
    [HEAD, encodeHead(next)],
    [roundName(version), entry],
    [ENDED, null],
  ]);
  const ranges = [
    BUCKET_NAMES,
    KEY_NAMES,
    MARK_NAMES,
    AUDIT_NAMES,
    LINK_NAMES,
    PAGE_NAMES,
    DAY_NAMES,
    { from: ROUND_NAMES.from, to: roundName(version) },
    { from: roundName(version + 1), to: ROUND_NAMES.to },
  ];
  const commit = () => rounds.add(version, entry.length, withEnded(new Set(next.totals.pages()), change));
  return { next, puts, ranges, bytes: sizeOf(puts), fits: true, commit };
}

/** The entry of the keys that the draft counts; none if there are none. */
function keysOf({ version, keys }: LedgerDraft): Map<string, Uint8Array> {
  return new Map(keys.added.size > 0 ? [[keyEntryName(version), encodeKeys(keys.added)]] : []);
}

/** The entries of adjustments that the draft does not keep. */
function prunedAudit({ audit: before }: Ledger, { audit: { prunedTo } }: Ledger): NameRange[] {
  return prunedTo !== null && prunedTo !== before.prunedTo ? [auditRangeTo(prunedTo)] : [];
}

/** The pages that a change changes. `pages`: those of its counters. */
function withEnded(pages: Set<number>, { ended }: RoundChange): Set<number> {
  return ended.size > 0 ? pages.add(ENDED_PAGE) : pages;
}

function sizeOf(puts: Transaction["puts"]): number {
  let bytes = 0;
  for (const [name, value] of puts) bytes += name.length + (value?.length ?? 0);
  return bytes;
}
