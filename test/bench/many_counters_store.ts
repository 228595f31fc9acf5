import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import type { Lease } from "../../internal/ports/election.ts";
import type { Store } from "../../internal/ports/store.ts";
import { entriesOf, HITS_EACH, ledgerOf } from "./many_counters_ledger.ts";
import { BenchFailure } from "./row.ts";

const PAGES_AT_ONCE = 100;

/** Writes a store whose ledger has this many counters, each with a name of 24 characters and as many hits. Resolves to the sum. */
export async function writeStore(file: string, counters: number): Promise<number> {
  // Before there is a leader key: to make them takes longer than it lasts.
  await writeEntries(file, entriesOf(ledgerOf(counters)));
  return counters * HITS_EACH;
}

/** Writes these entries into a new store, `head` first. */
export async function writeEntries(file: string, entries: readonly [string, Uint8Array][]): Promise<void> {
  const [last, ...first] = chunks(entries);
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const { store, election, close } = await openSqlite({ file, makeFolder, clock, logger });
  const lease = await election.campaign({ nodeId: "bench", address: "127.0.0.1:1" });
  if (!lease) throw new BenchFailure("the new store has a leader already");
  for (const puts of first) await commit(store, lease, puts);
  await commit(store, lease, last ?? new Map());
  await lease.resign();
  await close();
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
