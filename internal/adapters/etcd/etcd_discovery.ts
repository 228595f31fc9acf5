import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import { Registration } from "../../ports/registration.ts";
import { toStoreError } from "./call_failure.ts";
import type { EtcdConnection } from "./etcd_connection.ts";
import { decodeMember, encodeMember, type Keys } from "./keys.ts";
import { newLeaseId } from "./lease_id.ts";

/** Each node registers under a lease that it keeps alive. A node that died is no longer listed after one TTL. */
export class EtcdDiscovery implements Discovery {
  readonly #connection: EtcdConnection;
  readonly #keys: Keys;
  readonly #ttlMs: number;
  readonly #registration: Registration;
  readonly #logger: Logger;
  #lease: string | null = null;

  constructor(connection: EtcdConnection, keys: Keys, ttlMs: number, clock: Clock, logger: Logger) {
    this.#connection = connection;
    this.#keys = keys;
    this.#ttlMs = ttlMs;
    this.#logger = logger;
    const renew = (self: Member) =>
      this.#renewed(self).catch((error) => {
        throw toStoreError("registering this node", error, false);
      });
    this.#registration = new Registration({ renew, interval: ttlMs / 3, clock, logger });
  }

  register(self: Member): void {
    this.#registration.begin(self);
  }

  async withdraw(): Promise<void> {
    await this.#registration.ended();
    const lease = this.#lease;
    this.#lease = null;
    if (!lease) return;
    await this.#connection.leaseRevoke(lease).catch((cause) => {
      const { message: error } = toStoreError("withdrawing", cause, false);
      this.#logger.warn("cannot remove this node's registration; it will expire", { error });
    });
  }

  /** Nothing to stop: the list is read on demand, not watched. */
  rest(): void {}

  /** Stops registering. The registration expires after one TTL. */
  stop(): void {
    this.#registration.stop();
  }

  async members(): Promise<readonly Member[]> {
    const { kvs } = await this.#connection.range(this.#keys.nodes).catch((error) => {
      throw toStoreError("reading the nodes", error, false);
    });
    return kvs.map((kv) => decodeMember(kv.value)).filter((member) => member !== null);
  }

  async #renewed(self: Member): Promise<void> {
    if (this.#lease && !(await this.#connection.keepAlive(this.#lease))) this.#lease = null;
    this.#lease ??= await this.#granted();
    await this.#putIfMissing(self, this.#lease);
  }

  async #granted(): Promise<string> {
    const id = newLeaseId();
    await this.#connection.leaseGrant({ ID: id, TTL: Math.ceil(this.#ttlMs / 1_000) });
    return id;
  }

  /** Reads the key each time: a store that was wiped or edited by hand may have lost it while the lease lives on. */
  async #putIfMissing(self: Member, lease: string): Promise<void> {
    const key = this.#keys.node(self.id);
    const { kvs } = await this.#connection.range({ key });
    if (kvs[0]?.lease === lease) return;
    await this.#connection.txn({
      compare: [],
      success: [{ request_put: { key, value: encodeMember(self), lease } }],
      failure: [],
    });
  }
}
