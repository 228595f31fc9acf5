import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import { encodeHead, HEAD } from "../../internal/core/ledger/head_encoding.ts";
import { KeptRounds } from "../../internal/core/ledger/kept_rounds.ts";
import { emptyLedger } from "../../internal/core/ledger/ledger.ts";
import { encodePage, pageName } from "../../internal/core/ledger/pages_encoding.ts";
import { encodeRound, roundName } from "../../internal/core/ledger/round_encoding.ts";
import { Totals } from "../../internal/core/ledger/totals.ts";
import type { CommitOutcome } from "../../internal/ports/store.ts";
import { BenchFailure } from "./row.ts";

/** Characters of a name. */
const NAME_BYTES = 12;
const HITS_EACH = 1_000;
const PAGES_AT_ONCE = 100;

/** Writes a store whose ledger has this many counters, each with a name of 24 characters and as many hits. Resolves to the sum. */
export async function writeStore(file: string, counters: number): Promise<number> {
  const sum = BigInt(counters * HITS_EACH);
  const id = randomBytes(8).toString("hex");
  const totals = new Totals([], randomBytes(8).toString("hex"));
  const total = { regions: new Map([["local", BigInt(HITS_EACH)]]), generation: 0 };
  for (let i = 0; i < counters; i++) totals.set(randomBytes(NAME_BYTES).toString("hex"), total);
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const { store, close } = await openSqlite({
    file,
    makeFolder: (path) => mkdirSync(path, { recursive: true }),
    clock,
    logger,
  });
  // As many pages as a transaction takes, and the head last.
  const pages = [...totals.pages()];
  while (pages.length > 0) {
    const some = pages
      .splice(0, PAGES_AT_ONCE)
      .map((page) => [pageName(page), encodePage(1, totals.counters(page))] as const);
    await written(store.overwrite(0, { puts: new Map(some) }));
  }
  const layout = { turn: 0, owed: 0, tail: 1, rounds: new KeptRounds() };
  const terms = [{ writer: id, from: 1 }];
  const ledger = { ...emptyLedger(id), version: 1, epoch: 1, prunedSum: sum, terms, totals, layout };
  const round = encodeRound({ version: 1, counters: new Map(), ended: new Map() });
  await written(
    store.overwrite(0, {
      puts: new Map([
        [HEAD, encodeHead(ledger)],
        [roundName(1), round],
      ]),
    }),
  );
  await close();
  return Number(sum);
}

async function written(outcome: Promise<CommitOutcome>): Promise<void> {
  const { kind } = await outcome;
  if (kind !== "committed") throw new BenchFailure(`the new store's transaction was ${kind}`);
}
