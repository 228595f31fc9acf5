import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import { emptyLedger } from "../../internal/core/ledger/ledger.ts";
import { encodeLedger } from "../../internal/core/ledger/ledger_encoding.ts";
import { Totals } from "../../internal/core/ledger/totals.ts";
import { BenchFailure } from "./row.ts";

/** Characters of a name. */
const NAME_BYTES = 12;
const HITS_EACH = 1_000;

/** Writes a store whose ledger has this many counters, each with a name of 24 characters and as many hits. Resolves to the sum. */
export async function writeStore(file: string, counters: number): Promise<number> {
  const sum = BigInt(counters * HITS_EACH);
  const id = randomBytes(8).toString("hex");
  const totals = new Totals();
  const total = { regions: new Map([["local", BigInt(HITS_EACH)]]), generation: 0 };
  for (let i = 0; i < counters; i++) totals.set(randomBytes(NAME_BYTES).toString("hex"), total);
  const terms = [{ writer: id, from: 1 }];
  const puts = encodeLedger({ ...emptyLedger(id), version: 1, epoch: 1, prunedSum: sum, terms, totals });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const { store, election, close } = await openSqlite({
    file,
    makeFolder: (path) => mkdirSync(path, { recursive: true }),
    clock,
    logger,
  });
  const lease = await election.campaign({ nodeId: "bench", address: "127.0.0.1:1" });
  if (!lease) throw new BenchFailure("the new store has a leader already");
  const outcome = await store.commit(lease, 0, { puts });
  if (outcome.kind !== "committed") throw new BenchFailure(`the new store's transaction was ${outcome.kind}`);
  await lease.resign();
  await close();
  return Number(sum);
}
