import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../ports/clock.ts";
import type {
  CommitOutcome,
  EntryRange,
  KeyHolder,
  ScannedEntries,
  Store,
  StoreHead,
  Writes,
} from "../../ports/store.ts";
import { checkWrites, headRevisionAfter } from "../../ports/store_writes.ts";
import type { Liveness } from "./liveness.ts";
import { nextRevision } from "./revision.ts";
import type { Transactions } from "./transactions.ts";

interface EntryRow {
  readonly name: string;
  readonly value: Uint8Array;
  readonly revision: number;
}

type HeadRow = { readonly value: Uint8Array | null; readonly revision: number };

/** The ledger in a SQLite file. */
export class SqliteStore implements Store {
  readonly #transactions: Transactions;
  readonly #liveness: Liveness;
  readonly #clock: Clock;
  readonly #usedShare: () => number;
  readonly #close: () => Promise<void>;

  constructor(
    transactions: Transactions,
    liveness: Liveness,
    clock: Clock,
    usedShare: () => number,
    close: () => Promise<void>,
  ) {
    this.#transactions = transactions;
    this.#liveness = liveness;
    this.#clock = clock;
    this.#usedShare = usedShare;
    this.#close = close;
  }

  readHead(): Promise<StoreHead> {
    return this.#transactions.read((db) => {
      const row = db.prepare("SELECT CAST(value AS BLOB) AS value, revision FROM entries WHERE name = 'head'").get();
      const { value: head, revision: headRevision } = (row ?? { value: null, revision: 0 }) as HeadRow;
      return { head, headRevision, leader: this.#liveness.leader(db) };
    });
  }

  /** Waits for the next turn of the event loop, because nothing here is asynchronous: many pieces in one turn would block it. */
  async scan({ from, to }: EntryRange, maxBytes: number): Promise<ScannedEntries> {
    await this.#nextTurn();
    const select = "SELECT name, CAST(value AS BLOB) AS value FROM entries WHERE name >= ? AND name < ? ORDER BY name";
    return this.#transactions.read((db) => {
      const entries = new Map<string, Uint8Array>();
      let bytes = 0;
      for (const row of db.prepare(select).iterate(from, to)) {
        const { name, value } = row as unknown as Pick<EntryRow, "name" | "value">;
        bytes += name.length + value.length;
        if (bytes > maxBytes && entries.size > 0) return { entries, next: name };
        entries.set(name, value);
      }
      return { entries, next: null };
    });
  }

  /** Has a turn of the event loop for itself, because a leader plans just before it, and publishes just after it. */
  async commit({ nonce }: KeyHolder, headRevision: number, writes: Writes): Promise<CommitOutcome> {
    checkWrites(writes);
    await this.#nextTurn();
    const outcome = await this.#transactions.write((db) => {
      const led = db.prepare("SELECT 1 FROM leader WHERE nonce = ?").get(nonce) !== undefined;
      return led ? this.#writeIf(db, headRevision, writes) : this.#refusal(db);
    });
    await this.#nextTurn();
    return outcome;
  }

  async overwrite(headRevision: number, writes: Writes): Promise<CommitOutcome> {
    checkWrites(writes);
    return this.#transactions.write((db) => this.#writeIf(db, headRevision, writes));
  }

  async usedShare(): Promise<number | null> {
    return this.#usedShare();
  }

  close(): Promise<void> {
    return this.#close();
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#clock.endOfTurn(resolve));
  }

  #writeIf(db: DatabaseSync, headRevision: number, writes: Writes): CommitOutcome {
    if (revisionOfHead(db) !== headRevision) return this.#refusal(db);
    const revision = nextRevision(db);
    write(db, revision, writes);
    return { kind: "committed", headRevision: headRevisionAfter(writes, headRevision, revision) };
  }

  #refusal(db: DatabaseSync): CommitOutcome {
    return { kind: "refused", leader: this.#liveness.leader(db), headRevision: revisionOfHead(db) };
  }
}

function write(db: DatabaseSync, revision: number, { puts, ranges = [] }: Writes): void {
  const removeRange = db.prepare("DELETE FROM entries WHERE name >= ? AND name < ?");
  for (const { from, to } of ranges) removeRange.run(from, to);
  const put = db.prepare("INSERT OR REPLACE INTO entries (name, value, revision) VALUES (?, ?, ?)");
  const remove = db.prepare("DELETE FROM entries WHERE name = ?");
  for (const [name, value] of puts) {
    if (value === null) remove.run(name);
    else put.run(name, value, revision);
  }
}

function revisionOfHead(db: DatabaseSync): number {
  return Number(db.prepare("SELECT revision FROM entries WHERE name = 'head'").get()?.revision ?? 0);
}
