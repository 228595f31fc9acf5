import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import { toStoreError } from "./call_failure.ts";
import type { EtcdConnection } from "./etcd_connection.ts";
import { decodeMember, encodeMember, type Keys } from "./keys.ts";
import { newLeaseId } from "./lease_id.ts";

/** Pause after a failed registration. */
const RETRY_MS = 1_000;
/** The same failure is logged once in this time. */
const REPEAT_LOG_MS = 60_000;

/** Each node registers under a lease that it keeps alive. A node that died is no longer listed after one TTL. */
export class EtcdDiscovery implements Discovery {
  readonly #connection: EtcdConnection;
  readonly #keys: Keys;
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #self: Member | null = null;
  #lease: string | null = null;
  #cancel: Cancel = () => {};
  /** The beat in progress. `withdraw` waits for it, so that nothing is written afterwards. */
  #beat: Promise<void> = Promise.resolve();
  /** The failure that was logged last, and when, on the monotonic clock; null: none. */
  #failure: { readonly kind: string; readonly loggedAtMs: number } | null = null;

  constructor(connection: EtcdConnection, keys: Keys, ttlMs: number, clock: Clock, logger: Logger) {
    this.#connection = connection;
    this.#keys = keys;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#logger = logger;
  }

  register(self: Member): void {
    this.#self = self;
    this.#beat = this.#keep(self);
  }

  async withdraw(): Promise<void> {
    this.stop();
    await this.#beat;
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
    this.#self = null;
    this.#cancel();
  }

  async members(): Promise<readonly Member[]> {
    const { kvs } = await this.#connection.range(this.#keys.nodes).catch((error) => {
      throw toStoreError("reading the nodes", error, false);
    });
    return kvs.map((kv) => decodeMember(kv.value)).filter((member) => member !== null);
  }

  async #keep(self: Member): Promise<void> {
    const wait = await this.#renewed(self).then(
      () => this.#registered(),
      (error) => this.#retryAfter(error),
    );
    if (this.#self !== self) return;
    this.#cancel = this.#clock.after(wait, () => {
      this.#beat = this.#keep(self);
    });
  }

  /** Milliseconds until the next renewal. */
  #registered(): number {
    if (this.#failure) this.#logger.info("registered in the store again");
    this.#failure = null;
    return this.#ttlMs / 3;
  }

  #retryAfter(error: unknown): number {
    const { kind, message } = toStoreError("registering this node", error, false);
    const now = this.#clock.monotonic();
    if (kind === this.#failure?.kind && now - this.#failure.loggedAtMs < REPEAT_LOG_MS) return RETRY_MS;
    this.#logger.warn("cannot register in the store; retrying", { error: message });
    this.#failure = { kind, loggedAtMs: now };
    return RETRY_MS;
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
