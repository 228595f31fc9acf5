import type { ICompare } from "etcd3";
import type { Election, LeaderIdentity, Lease } from "../../ports/election.ts";
import type { Logger } from "../../ports/logger.ts";
import type { LeaderKey } from "../../ports/store.ts";
import { toStoreError } from "./call_failure.ts";
import type { EtcdConnection } from "./etcd_connection.ts";
import { decodeLeader, encodeLeader, type Keys } from "./keys.ts";
import { newLeaseId } from "./lease_id.ts";
import type { PrefixOwnership } from "./ownership.ts";

/** The leader key in etcd, under a lease that only its holder renews. */
export class EtcdElection implements Election {
  readonly #connection: EtcdConnection;
  readonly #keys: Keys;
  readonly #ttlMs: number;
  readonly #logger: Logger;
  /** Null if the prefix is not claimed. */
  readonly #ownership: PrefixOwnership | null;

  constructor(
    connection: EtcdConnection,
    keys: Keys,
    ttlMs: number,
    logger: Logger,
    ownership: PrefixOwnership | null,
  ) {
    this.#connection = connection;
    this.#keys = keys;
    this.#ttlMs = ttlMs;
    this.#logger = logger;
    this.#ownership = ownership;
  }

  async leader(): Promise<LeaderKey | null> {
    // Another cluster's leader must not be returned: it would be asked to collect this node.
    await this.#ownership?.claim();
    const { kvs } = await this.#connection.range({ key: this.#keys.leader }).catch((error) => {
      throw toStoreError("reading the leader key", error, false);
    });
    return decodeLeader(kvs[0]);
  }

  async campaign(candidate: LeaderIdentity): Promise<Lease | null> {
    await this.#ownership?.claim();
    const id = newLeaseId();
    const revoke = () => this.#revoke(id);
    try {
      const granted = await this.#connection.leaseGrant({ ID: id, TTL: Math.ceil(this.#ttlMs / 1_000) });
      const epoch = await this.#putIfAbsent(candidate, id);
      if (epoch !== null) return new EtcdLease(this.#connection, id, epoch, Number(granted.TTL) * 1_000, revoke);
    } catch (error) {
      // Not awaited: the call has taken long already, and a lease that cannot be revoked expires.
      void revoke();
      throw toStoreError("campaigning", error, true);
    }
    await revoke();
    return null;
  }

  async takeOver(candidate: LeaderIdentity, dead: LeaderKey): Promise<Lease | null> {
    // The key goes with its lease. Whatever the answer, the campaign tells.
    await this.#revoke(dead.lease);
    return this.campaign(candidate);
  }

  /** Create revision of the new leader key; null if there is a leader. */
  async #putIfAbsent(candidate: LeaderIdentity, lease: string): Promise<number | null> {
    const key = this.#keys.leader;
    const vacant: ICompare = { key, target: "Create", result: "Equal", create_revision: 0 };
    const answer = await this.#connection.txn({
      compare: this.#ownership ? [vacant, this.#ownership.condition] : [vacant],
      success: [{ request_put: { key, value: encodeLeader(candidate), lease } }],
      failure: [],
    });
    if (answer.succeeded) return Number(answer.header.revision);
    this.#ownership?.doubt();
    return null;
  }

  async #revoke(id: string): Promise<void> {
    try {
      await this.#connection.leaseRevoke(id);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.info("cannot revoke a leader lease; it will expire", { lease: id, reason });
    }
  }
}

class EtcdLease implements Lease {
  readonly epoch: number;
  /** Id of the lease. */
  readonly nonce: string;
  readonly ttl: number;
  readonly #connection: EtcdConnection;
  readonly #revoke: () => Promise<void>;

  constructor(connection: EtcdConnection, id: string, epoch: number, ttl: number, revoke: () => Promise<void>) {
    this.#connection = connection;
    this.nonce = id;
    this.epoch = epoch;
    this.ttl = ttl;
    this.#revoke = revoke;
  }

  async renew(): Promise<boolean> {
    try {
      // Half a TTL: a later reply leaves no time to use it, and a second try needs some.
      return await this.#connection.keepAlive(this.nonce, this.ttl / 2);
    } catch (error) {
      throw toStoreError("renewing the leader lease", error, false);
    }
  }

  resign(): Promise<void> {
    return this.#revoke();
  }
}
