import { randomBytes } from "node:crypto";
import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import { encodeHead, HEAD } from "../../internal/core/ledger/head_encoding.ts";
import { KeptRounds } from "../../internal/core/ledger/kept_rounds.ts";
import { emptyLedger } from "../../internal/core/ledger/ledger.ts";
import { encodePage, pageName } from "../../internal/core/ledger/pages_encoding.ts";
import { encodeRound, roundName } from "../../internal/core/ledger/round_encoding.ts";
import { Totals } from "../../internal/core/ledger/totals.ts";
import type { Lease } from "../../internal/ports/election.ts";
import type { Store } from "../../internal/ports/store.ts";
import { BenchFailure } from "./row.ts";

/** Half of the characters of a name. */
const NAME_BYTES = 12;
const HITS_EACH = 1_000;
const PAGES_AT_ONCE = 100;

/** Writes a store whose ledger has this many counters, each with a name of 24 characters and as many hits. Resolves to the sum. */
export async function writeStore(file: string, counters: number): Promise<number> {
  // Before the leader key is had: to make them takes longer than it lasts.
  const [last, ...first] = chunks(entriesOf(counters));
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const { store, election, close } = await openSqlite({ file, makeFolder, clock, logger });
  const lease = await election.campaign({ nodeId: "bench", address: "127.0.0.1:1" });
  if (!lease) throw new BenchFailure("the new store has a leader already");
  for (const puts of first) await commit(store, lease, puts);
  await commit(store, lease, last ?? new Map());
  await lease.resign();
  await close();
  return counters * HITS_EACH;
}

/** The entries of a ledger at version 1, `head` first. */
function entriesOf(counters: number): [string, Uint8Array][] {
  const seed = randomBytes(8).toString("hex");
  const totals = new Totals([], seed);
  const total = { regions: new Map([["local", BigInt(HITS_EACH)]]), generation: 0 };
  for (let i = 0; i < counters; i++) totals.set(randomBytes(NAME_BYTES).toString("hex"), total);
  const ledger = {
    ...emptyLedger(randomBytes(8).toString("hex")),
    ...{ version: 1, epoch: 1, prunedSum: BigInt(counters * HITS_EACH), terms: [{ writer: seed, from: 1 }], totals },
    layout: { turn: 0, owed: 0, tail: 1, rounds: new KeptRounds() },
  };
  const round = encodeRound({ version: 1, counters: new Map(), ended: new Map() });
  const pages = [...totals.pages()].map((page): [string, Uint8Array] => [
    pageName(page),
    encodePage(1, totals.counters(page)),
  ]);
  return [[HEAD, encodeHead(ledger)], [roundName(1), round], ...pages];
}

function chunks(entries: readonly [string, Uint8Array][]): Map<string, Uint8Array>[] {
  const count = Math.ceil(entries.length / PAGES_AT_ONCE);
  return Array.from({ length: count }, (_, i) => new Map(entries.slice(i * PAGES_AT_ONCE, (i + 1) * PAGES_AT_ONCE)));
}

async function commit(store: Store, lease: Lease, puts: ReadonlyMap<string, Uint8Array>): Promise<void> {
  if (!(await lease.renew())) throw new BenchFailure("the new store's leader key was lost");
  const outcome = await store.commit(lease, 0, { puts });
  if (outcome.kind !== "committed") throw new BenchFailure(`the new store's transaction was ${outcome.kind}`);
}
