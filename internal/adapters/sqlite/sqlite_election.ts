import { randomBytes } from "node:crypto";
import type { Clock } from "../../ports/clock.ts";
import type { Election, LeaderIdentity, Lease } from "../../ports/election.ts";
import type { Logger } from "../../ports/logger.ts";
import type { KeyHolder, LeaderKey } from "../../ports/store.ts";
import type { Liveness } from "./liveness.ts";
import { nextRevision } from "./revision.ts";
import type { Transactions } from "./transactions.ts";

/**
 * The leader's row. Nothing deletes it when its holder dies. A node that saw its beat stand still for a TTL takes it for absent: `leader()`
 * returns null, and the node campaigns. Until a node takes the row over, the old epoch still commits. That is as safe as in etcd: the epoch
 * is the fence, and it changes in the transaction that makes another node leader.
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

  campaign(candidate: LeaderIdentity): Promise<Lease | null> {
    return this.#replace(candidate, null);
  }

  takeOver(candidate: LeaderIdentity, dead: LeaderKey): Promise<Lease | null> {
    return this.#replace(candidate, dead.lease);
  }

  /** Puts the candidate's row, if there is no leader, or if the row is still that of the lease `ended`. */
  async #replace({ nodeId, address }: LeaderIdentity, ended: string | null): Promise<Lease | null> {
    const asked = this.#clock.monotonic();
    const nonce = randomBytes(8).toString("hex");
    const epoch = await this.#transactions.write((db) => {
      const leader = this.#liveness.leader(db);
      if (leader && leader.lease !== ended) return null;
      const revision = nextRevision(db);
      const columns = "only, epoch, beat, node_id, address, nonce";
      const insert = `INSERT OR REPLACE INTO leader (${columns}) VALUES (1, ?, 0, ?, ?, ?)`;
      db.prepare(insert).run(revision, nodeId, address, nonce);
      return revision;
    });
    if (epoch === null) return null;
    return new SqliteLease(this.#transactions, { epoch, nonce }, this.#ttlMs, asked, this.#clock, this.#logger);
  }
}

class SqliteLease implements Lease {
  readonly epoch: number;
  readonly nonce: string;
  readonly ttl: number;
  readonly #transactions: Transactions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** When the newest successful renewal was sent, in monotonic milliseconds. */
  #renewed: number;

  constructor(transactions: Transactions, holder: KeyHolder, ttl: number, asked: number, clock: Clock, logger: Logger) {
    this.#transactions = transactions;
    this.epoch = holder.epoch;
    this.nonce = holder.nonce;
    this.ttl = ttl;
    this.#renewed = asked;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** An expired lease stays expired, as in etcd, even if no node has taken the key yet. */
  async renew(): Promise<boolean> {
    const asked = this.#clock.monotonic();
    if (asked - this.#renewed >= this.ttl) return false;
    const mine = await this.#onMine("UPDATE leader SET beat = beat + 1 WHERE nonce = ?");
    if (mine) this.#renewed = asked;
    return mine;
  }

  async resign(): Promise<void> {
    this.#renewed = Number.NEGATIVE_INFINITY;
    await this.#onMine("DELETE FROM leader WHERE nonce = ?").catch((error: Error) => {
      this.#logger.info("cannot delete the leader key; it will expire", {
        epoch: this.epoch,
        reason: error.message,
      });
    });
  }

  /** Whether `sql` found this lease's key. */
  #onMine(sql: string): Promise<boolean> {
    return this.#transactions.write((db) => db.prepare(sql).run(this.nonce).changes === 1);
  }
}
