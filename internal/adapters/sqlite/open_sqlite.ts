import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { Liveness } from "./liveness.ts";
import { SqliteDiscovery } from "./sqlite_discovery.ts";
import { SqliteElection } from "./sqlite_election.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { type StorePlace, usedShare } from "./store_file.ts";
import { StoreHandle } from "./store_handle.ts";
import { Transactions } from "./transactions.ts";

/** A missing folder of the file is created. SQLite keeps `-wal` and `-shm` files beside it, and opening it a `-lock` file. */
export interface SqliteOptions extends StorePlace {
  /** Milliseconds that a renewal keeps the leader key. Default 3,000. */
  readonly ttlMs?: number;
  /** Milliseconds after which a dead node is no longer listed. Default 10,000. */
  readonly memberTtlMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenSqlite {
  readonly store: SqliteStore;
  readonly election: SqliteElection;
  readonly discovery: SqliteDiscovery;
  /** Pending calls fail. A registration that was not withdrawn expires. */
  close(): Promise<void>;
}

/**
 * Opens the embedded store, which several processes of one machine share. Throws StoreError: `denied` for a network file system, and for a
 * file of another program or a newer release; `locked` if another process was stopped while it opened the store.
 */
export async function openSqlite(options: SqliteOptions): Promise<OpenSqlite> {
  const { clock, logger, ttlMs = 3_000, memberTtlMs = 10_000 } = options;
  const handle = new StoreHandle(options, clock);
  const transactions = () => new Transactions(handle, clock);
  const liveness = new Liveness(transactions(), clock, { leaderMs: ttlMs, memberMs: memberTtlMs });
  const discovery = new SqliteDiscovery(transactions(), liveness, memberTtlMs, clock, logger);
  const close = async () => {
    discovery.stop();
    liveness.stop();
    handle.close();
  };
  const store = new SqliteStore(transactions(), liveness, clock, () => usedShare(options.file), close);
  await store.readHead().catch((error) => {
    handle.close();
    throw error;
  });
  void liveness.watch();
  const election = new SqliteElection(transactions(), liveness, ttlMs, clock, logger);
  return { store, election, discovery, close };
}
