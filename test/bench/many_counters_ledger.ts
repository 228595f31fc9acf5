import { randomBytes } from "node:crypto";
import { encodeHead, HEAD } from "../../internal/core/ledger/head_encoding.ts";
import { KeptRounds } from "../../internal/core/ledger/kept_rounds.ts";
import { daysOf, emptyLedger, type Ledger } from "../../internal/core/ledger/ledger.ts";
import { encodePageList, PAGE_LIST } from "../../internal/core/ledger/page_list.ts";
import { encodePage, pageName } from "../../internal/core/ledger/pages_encoding.ts";
import { encodeRound, roundName } from "../../internal/core/ledger/round_encoding.ts";
import { Totals } from "../../internal/core/ledger/totals.ts";

export const HITS_EACH = 1_000;
/** Half of the characters of a name. */
const NAME_BYTES = 12;

/** A ledger at version 1 with this many counters, each with a name of 24 characters and HITS_EACH hits of the region `local`. */
export function ledgerOf(counters: number): Ledger {
  const totals = newTotals();
  const total = { regions: new Map([["local", BigInt(HITS_EACH)]]), generation: 0 };
  for (let i = 0; i < counters; i++) totals.set(randomBytes(NAME_BYTES).toString("hex"), total);
  return ledgerWith(totals);
}

export function newTotals(): Totals {
  return new Totals([], randomBytes(8).toString("hex"));
}

/** A ledger at version 1 with these totals, all of them in pages. */
export function ledgerWith(totals: Totals): Ledger {
  const rounds = new KeptRounds();
  for (const page of totals.pages()) rounds.folded(page);
  return {
    ...emptyLedger(randomBytes(8).toString("hex")),
    ...{ version: 1, epoch: 1, prunedSum: totals.sum, terms: [{ writer: totals.seed, from: 1 }] },
    ...{ totals, days: daysOf(totals) },
    layout: { turn: 0, owed: 0, tail: 1, listed: rounds.pages.size, rounds },
  };
}

/** All entries of such a ledger, `head` first. Its pages are folded. */
export function entriesOf(ledger: Ledger): [string, Uint8Array][] {
  const { totals } = ledger;
  const round = encodeRound({ version: 1, counters: new Map(), ended: new Map() });
  const pages = [...totals.pages()].map((page): [string, Uint8Array] => [
    pageName(page),
    encodePage(1, totals.counters(page)),
  ]);
  return [[HEAD, encodeHead(ledger)], [roundName(1), round], [PAGE_LIST, encodePageList(totals.pages())], ...pages];
}
