import type { Clock } from "../../ports/clock.ts";
import type { Candidate, Election, Lease } from "../../ports/election.ts";
import type { Logger } from "../../ports/logger.ts";
import type { LeaderKey } from "../../ports/store.ts";
import type { Liveness } from "./liveness.ts";
import { nextRevision } from "./revision.ts";
import type { Transactions } from "./transactions.ts";

/**
 * The leader's row. Nothing deletes it when its holder dies: it counts as absent for everyone who saw its beat stand still for a TTL,
 * and `leader()` then says null so that they campaign. Until one of them takes it over its epoch still commits, which is as safe as
 * in etcd: the fence is the epoch, and it changes in the same transaction that makes another node leader.
 */
export class SqliteElection implements Election {
  readonly #transactions: Transactions;
  readonly #liveness: Liveness;
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(transactions: Transactions, liveness: Liveness, ttlMs: number, clock: Clock, logger: Logger) {
    this.#transactions = transactions;
    this.#liveness = liveness;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#logger = logger;
  }

  leader(): Promise<LeaderKey | null> {
    return this.#transactions.read((db) => this.#liveness.leader(db));
  }

  async campaign({ nodeId, address }: Candidate): Promise<Lease | null> {
    const asked = this.#clock.monotonic();
    const epoch = await this.#transactions.write((db) => {
      if (this.#liveness.leader(db)) return null;
      const revision = nextRevision(db);
      const insert = "INSERT OR REPLACE INTO leader (only, epoch, beat, node_id, address) VALUES (1, ?, 0, ?, ?)";
      db.prepare(insert).run(revision, nodeId, address);
      return revision;
    });
    if (epoch === null) return null;
    return new SqliteLease(this.#transactions, epoch, this.#ttlMs, asked, this.#clock, this.#logger);
  }
}

class SqliteLease implements Lease {
  readonly epoch: number;
  readonly ttl: number;
  readonly #transactions: Transactions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Monotonic milliseconds when the newest successful renewal was asked for. */
  #renewed: number;

  constructor(transactions: Transactions, epoch: number, ttl: number, asked: number, clock: Clock, logger: Logger) {
    this.#transactions = transactions;
    this.epoch = epoch;
    this.ttl = ttl;
    this.#renewed = asked;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** A lease that is over stays over, as in etcd, also when nobody has taken the key yet. */
  async renew(): Promise<boolean> {
    const asked = this.#clock.monotonic();
    if (asked - this.#renewed >= this.ttl) return false;
    const mine = await this.#onMine("UPDATE leader SET beat = beat + 1 WHERE epoch = ?");
    if (mine) this.#renewed = asked;
    return mine;
  }

  async resign(): Promise<void> {
    this.#renewed = Number.NEGATIVE_INFINITY;
    await this.#onMine("DELETE FROM leader WHERE epoch = ?").catch((error: Error) => {
      this.#logger.info("a leader key could not be given up and will run out", {
        epoch: this.epoch,
        reason: error.message,
      });
    });
  }

  /** Whether `sql` found this lease's key. */
  #onMine(sql: string): Promise<boolean> {
    return this.#transactions.write((db) => db.prepare(sql).run(this.epoch).changes === 1);
  }
}
