import type { DatabaseSync } from "node:sqlite";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import { StoreError } from "../../ports/store.ts";
import type { Liveness } from "./liveness.ts";
import type { Transactions } from "./transactions.ts";

/** Pause after a failed registration. */
const RETRY_MS = 1_000;
/** The same failure is logged once in this time. */
const REPEAT_LOG_MS = 60_000;

/** Nodes register as rows and keep changing their beat. A row whose beat stands still for a TTL is no longer listed. */
export class SqliteDiscovery implements Discovery {
  readonly #transactions: Transactions;
  readonly #liveness: Liveness;
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #self: Member | null = null;
  #cancel: Cancel = () => {};
  /** The beat in progress. `withdraw` waits for it, so that no row is written afterwards. */
  #beat: Promise<void> = Promise.resolve();
  #beats = 0;
  /** The failure that was logged last, and when, on the monotonic clock; null: none. */
  #failure: { readonly kind: string; readonly loggedAtMs: number } | null = null;

  constructor(transactions: Transactions, liveness: Liveness, ttlMs: number, clock: Clock, logger: Logger) {
    this.#transactions = transactions;
    this.#liveness = liveness;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#logger = logger;
  }

  register(self: Member): void {
    this.#self = self;
    this.#beat = this.#keep(self);
  }

  async withdraw(): Promise<void> {
    const self = this.#self;
    this.stop();
    await this.#beat;
    if (!self) return;
    const remove = (db: DatabaseSync) => db.prepare("DELETE FROM nodes WHERE id = ?").run(self.id);
    await this.#transactions
      .write(remove)
      .catch((error: Error) =>
        this.#logger.warn("cannot remove this node's registration; it will expire", { error: error.message }),
      );
  }

  /** Nothing to stop: the list is read on demand, not watched. */
  rest(): void {}

  /** Stops registering. The registration expires after one TTL. */
  stop(): void {
    this.#self = null;
    this.#cancel();
  }

  async members(): Promise<readonly Member[]> {
    const members = await this.#transactions.read((db) => this.#liveness.members(db));
    return members.map((member) => JSON.parse(member) as Member);
  }

  async #keep(self: Member): Promise<void> {
    const wait = await this.#transactions
      .write((db) => this.#put(db, self))
      .then(
        () => this.#registered(),
        (error) => this.#retryAfter(error),
      );
    if (this.#self !== self) return;
    this.#cancel = this.#clock.after(wait, () => {
      this.#beat = this.#keep(self);
    });
  }

  #put(db: DatabaseSync, self: Member): void {
    const { id, name, region, peerAddress, url } = self;
    const put = db.prepare("INSERT OR REPLACE INTO nodes (id, beat, member) VALUES (?, ?, ?)");
    put.run(id, ++this.#beats, JSON.stringify({ id, name, region, peerAddress, url }));
    const bury = db.prepare("DELETE FROM nodes WHERE id = ? AND beat = ?");
    for (const row of this.#liveness.longDead(db)) bury.run(row.id, row.beat);
  }

  /** Milliseconds until the next beat. */
  #registered(): number {
    if (this.#failure) this.#logger.info("registered in the store again");
    this.#failure = null;
    return this.#ttlMs / 4;
  }

  #retryAfter(error: Error): number {
    const kind = error instanceof StoreError ? error.kind : error.message;
    const now = this.#clock.monotonic();
    if (kind === this.#failure?.kind && now - this.#failure.loggedAtMs < REPEAT_LOG_MS) return RETRY_MS;
    this.#logger.warn("cannot register in the store; retrying", { error: error.message });
    this.#failure = { kind, loggedAtMs: now };
    return RETRY_MS;
  }
}
