import type { Day } from "../days/hour.ts";
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

/** Entries of a page that are written together, with all rounds, the new one too. A page that lacks many days has several portions. */
export interface PagePortion {
  readonly page: number;
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** Days that are among the entries. */
  readonly days: readonly Day[];
  /** The page itself is among the entries: then it is folded. */
  readonly isLast: boolean;
}

/** What a transaction folds. */
export interface Folding extends Pick<Layout, "turn" | "owed" | "tail"> {
  readonly portions: readonly PagePortion[];
  /** The pages that have all rounds then. */
  readonly pages: readonly number[];
}

/**
 * Plans which pages the new round folds (docs/protocol.md, Fold). A round owes as many bytes of pages as it adds to the log, and pages have
 * their turn. So within the time in which the rounds write as much as all pages have, each page had its turn, and all rounds from before are
 * dropped: the kept rounds are at most 1 MB, and as much as all pages with the days that are written with them, whatever the
 * traffic. (What the write budget leaves would be nothing under load: H61.)
 *
 * `free`: bytes of rounds that may be kept before any owes something. `portionsOf` says what must be written of a page, so that it has everything
 * up to the new round. `room`: bytes and entries that the transaction still takes. A page that lacks more days than fit is written in several
 * transactions, and has its turn until the last of them (H112).
 */
export function planFolding(
  { turn, owed, rounds, free }: Layout & { readonly free: number },
  round: NewRound,
  portionsOf: (page: number) => Iterable<PagePortion>,
  room: { readonly bytes: number; readonly entries: number },
): Folding {
  const unfolded = new Map(rounds.unfolded);
  for (const page of round.changed) if (!unfolded.has(page)) unfolded.set(page, round.version);
  const payment = new Payment(rounds.bytes + round.bytes > free ? owed + round.bytes : 0, room);
  let next = turn;
  for (const page of pagesFrom(turn)) {
    if (payment.isOver) break;
    if (!unfolded.has(page)) continue;
    if (!payment.takeAll(portionsOf(page))) break;
    unfolded.delete(page);
    next = (page + 1) % PAGES_AND_ENDED;
  }
  const tail = Math.min(round.version, ...unfolded.values());
  const { portions, debt } = payment;
  const pages = portions.flatMap(({ page, isLast }) => (isLast ? [page] : []));
  return { turn: next, owed: unfolded.size === 0 ? 0 : debt, tail, portions, pages };
}

/** What a transaction pays of what rounds owe. */
class Payment {
  readonly portions: PagePortion[] = [];
  /** Bytes that are owed still. */
  debt: number;
  #bytesLeft: number;
  #entriesLeft: number;

  constructor(debt: number, room: { readonly bytes: number; readonly entries: number }) {
    this.debt = debt;
    this.#bytesLeft = room.bytes;
    this.#entriesLeft = room.entries;
  }

  get isOver(): boolean {
    return this.debt === 0 || this.#entriesLeft <= 0;
  }

  /** Takes portions while they fit. Returns whether all did. */
  takeAll(portions: Iterable<PagePortion>): boolean {
    for (const portion of portions) if (!this.#take(portion)) return false;
    return true;
  }

  #take(portion: PagePortion): boolean {
    const bytes = sizeOf(portion.entries);
    if (bytes > this.debt || bytes > this.#bytesLeft || portion.entries.size > this.#entriesLeft) return false;
    this.portions.push(portion);
    this.debt -= bytes;
    this.#bytesLeft -= bytes;
    this.#entriesLeft -= portion.entries.size;
    return true;
  }
}

function sizeOf(entries: PagePortion["entries"]): number {
  let bytes = 0;
  for (const { length } of entries.values()) bytes += length;
  return bytes;
}

/** All pages from `turn` on, then those before it. A round that owes little looks at few. */
function* pagesFrom(turn: number): Iterable<number> {
  for (let at = 0; at < PAGES_AND_ENDED; at++) yield (turn + at) % PAGES_AND_ENDED;
}
