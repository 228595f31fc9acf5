import type { DatabaseSync } from "node:sqlite";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Log } from "../../ports/log.ts";
import type { Liveness } from "./liveness.ts";
import type { Transactions } from "./transactions.ts";

/** Milliseconds until a failed registration is tried again. */
const RETRY_MS = 1_000;

/** Nodes register as rows whose beat they change; one that stands still for a TTL is no longer listed. */
export class SqliteDiscovery implements Discovery {
  readonly #transactions: Transactions;
  readonly #liveness: Liveness;
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  #self: Member | null = null;
  #cancel: Cancel = () => {};
  /** The beat that is under way, so that withdrawing can wait for it and no row is put afterwards. */
  #beat: Promise<void> = Promise.resolve();
  #beats = 0;
  #failing = false;

  constructor(transactions: Transactions, liveness: Liveness, ttlMs: number, clock: Clock, log: Log) {
    this.#transactions = transactions;
    this.#liveness = liveness;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#log = log;
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
    await this.#transactions.write(remove).catch((error: Error) => this.#warn("withdrawing", error));
  }

  /** Registered nodes are only asked for, never followed. */
  rest(): void {}

  /** Registers no more. What is registered runs out after one TTL. */
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
        () => this.#ttlMs / 4,
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
    this.#failing = false;
  }

  #retryAfter(error: Error): number {
    if (!this.#failing) this.#warn("registering this node, which goes on trying", error);
    this.#failing = true;
    return RETRY_MS;
  }

  #warn(what: string, error: Error): void {
    this.#log.warn("discovery trouble", { message: `${what}: ${error.message}` });
  }
}
