import type { KeptRounds } from "./kept_rounds.ts";
import { PAGES } from "./totals.ts";

/** The ended sources (entry `gone`) are folded as one more page. */
export const ENDED_PAGE = PAGES;
const PAGES_AND_ENDED = PAGES + 1;
/** While the kept rounds are fewer bytes than this together, none owes anything: a small ledger is read as fast. */
export const FREE_LOG_BYTES = 1_000_000;

/** How far a ledger's rounds are folded into its pages. */
export interface Layout {
  /** The page that is folded next, if a round changed it. In the ledger, because leaders that change often would never get round (H62). */
  readonly turn: number;
  /** Bytes of pages that past rounds still owe. */
  readonly owed: number;
  /** The oldest round that is kept. From there to the present version none is missing. */
  readonly tail: number;
  /** How many entries the store's list of pages has; 0: there is none. */
  readonly listed: number;
  readonly rounds: KeptRounds;
}

/** A round that is about to be written, as far as folding is concerned. */
export interface NewRound {
  readonly version: number;
  readonly bytes: number;
  /** Pages that it changes. */
  readonly changed: ReadonlySet<number>;
}

/** Entries of a page with all rounds, the new one too: the page, and the days of its counters. */
export type FoldedPage = ReadonlyMap<string, Uint8Array>;

/** What a transaction folds. */
export interface Folding extends Pick<Layout, "turn" | "owed" | "tail"> {
  readonly pages: ReadonlyMap<number, FoldedPage>;
}

/**
 * Plans which pages the new round folds (docs/protocol.md, Fold). A round owes as many bytes of pages as it adds to the log, and pages have
 * their turn. So within the time in which the rounds write as much as all pages have, each page had its turn, and all rounds from before are
 * dropped: the kept rounds are at most 1 MB, and as much as all pages with the days that are written with them, whatever the
 * traffic. (What the write budget leaves would be nothing under load: H61.)
 *
 * `free`: bytes of rounds that may be kept before any owes something. `encode` returns a page with everything up to the new round. `room`: bytes
 * and entries that the transaction still takes.
 */
export function planFolding(
  { turn, owed, rounds, free }: Layout & { readonly free: number },
  round: NewRound,
  encode: (page: number) => FoldedPage,
  room: { readonly bytes: number; readonly entries: number },
): Folding {
  const unfolded = new Map(rounds.unfolded);
  for (const page of round.changed) if (!unfolded.has(page)) unfolded.set(page, round.version);
  const pages = new Map<number, FoldedPage>();
  let debt = rounds.bytes + round.bytes > free ? owed + round.bytes : 0;
  let next = turn;
  let left = room.bytes;
  let entries = 0;
  for (const page of pagesFrom(turn)) {
    if (debt === 0 || entries >= room.entries) break;
    if (!unfolded.has(page)) continue;
    const folded = encode(page);
    const bytes = sizeOf(folded);
    if (bytes > debt || bytes > left || entries + folded.size > room.entries) break;
    pages.set(page, folded);
    unfolded.delete(page);
    debt -= bytes;
    left -= bytes;
    entries += folded.size;
    next = (page + 1) % PAGES_AND_ENDED;
  }
  const tail = Math.min(round.version, ...unfolded.values());
  return { turn: next, owed: unfolded.size === 0 ? 0 : debt, tail, pages };
}

function sizeOf(folded: FoldedPage): number {
  let bytes = 0;
  for (const { length } of folded.values()) bytes += length;
  return bytes;
}

/** All pages from `turn` on, then those before it. A round that owes little looks at few. */
function* pagesFrom(turn: number): Iterable<number> {
  for (let at = 0; at < PAGES_AND_ENDED; at++) yield (turn + at) % PAGES_AND_ENDED;
}
