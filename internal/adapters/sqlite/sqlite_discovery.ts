import type { DatabaseSync } from "node:sqlite";
import { memberIn } from "../../core/cluster/member_fields.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import { Registration } from "../../ports/registration.ts";
import type { Liveness } from "./liveness.ts";
import type { Transactions } from "./transactions.ts";

/** Nodes register as rows and keep changing their beat. A row whose beat stands still for a TTL is no longer listed. */
export class SqliteDiscovery implements Discovery {
  readonly #transactions: Transactions;
  readonly #liveness: Liveness;
  readonly #registration: Registration;
  readonly #logger: Logger;
  #id: string | null = null;
  #beats = 0;

  constructor(transactions: Transactions, liveness: Liveness, ttlMs: number, clock: Clock, logger: Logger) {
    this.#transactions = transactions;
    this.#liveness = liveness;
    this.#logger = logger;
    const renew = (self: Member) => this.#transactions.write((db) => this.#put(db, self));
    this.#registration = new Registration({ renew, interval: ttlMs / 4, clock, logger });
  }

  register(self: Member): void {
    this.#id = self.id;
    this.#registration.begin(self);
  }

  async withdraw(): Promise<void> {
    await this.#registration.ended();
    const id = this.#id;
    this.#id = null;
    if (id === null) return;
    const remove = (db: DatabaseSync) => db.prepare("DELETE FROM nodes WHERE id = ?").run(id);
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
    this.#registration.stop();
  }

  async members(): Promise<readonly Member[]> {
    const members = await this.#transactions.read((db) => this.#liveness.members(db));
    // One row that is not understood is left out alone: without it, discovery would stop for all.
    return members.map(memberIn).filter((member) => member !== null);
  }

  #put(db: DatabaseSync, self: Member): void {
    const { id, name, region, peerAddress, url } = self;
    const put = db.prepare("INSERT OR REPLACE INTO nodes (id, beat, member) VALUES (?, ?, ?)");
    put.run(id, ++this.#beats, JSON.stringify({ id, name, region, peerAddress, url }));
    const bury = db.prepare("DELETE FROM nodes WHERE id = ? AND beat = ?");
    for (const row of this.#liveness.longDead(db)) bury.run(row.id, row.beat);
  }
}
