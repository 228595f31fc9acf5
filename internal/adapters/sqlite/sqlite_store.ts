import type { DatabaseSync } from "node:sqlite";
import type { CommitOutcome, Puts, Store, StoreImage } from "../../ports/store.ts";
import type { Liveness } from "./liveness.ts";
import { nextRevision } from "./revision.ts";
import type { Transactions } from "./transactions.ts";

interface EntryRow {
  readonly name: string;
  readonly value: Uint8Array;
  readonly revision: number;
}

/** The ledger in a SQLite file. */
export class SqliteStore implements Store {
  readonly #transactions: Transactions;
  readonly #liveness: Liveness;
  readonly #close: () => Promise<void>;

  constructor(transactions: Transactions, liveness: Liveness, close: () => Promise<void>) {
    this.#transactions = transactions;
    this.#liveness = liveness;
    this.#close = close;
  }

  read(): Promise<StoreImage> {
    return this.#transactions.read((db) => {
      const rows = db.prepare("SELECT name, value, revision FROM entries").all() as unknown as readonly EntryRow[];
      const entries = new Map(rows.map((row) => [row.name, row.value]));
      const headRevision = rows.find((row) => row.name === "head")?.revision ?? 0;
      return { entries, headRevision, leader: this.#liveness.leader(db) };
    });
  }

  commit(epoch: number, headRevision: number, puts: Puts): Promise<CommitOutcome> {
    return this.#transactions.write((db) => {
      const led = db.prepare("SELECT 1 FROM leader WHERE epoch = ?").get(epoch) !== undefined;
      return led ? this.#putIf(db, headRevision, puts) : this.#refusal(db);
    });
  }

  overwrite(headRevision: number, puts: Puts): Promise<CommitOutcome> {
    return this.#transactions.write((db) => this.#putIf(db, headRevision, puts));
  }

  close(): Promise<void> {
    return this.#close();
  }

  #putIf(db: DatabaseSync, headRevision: number, puts: Puts): CommitOutcome {
    if (revisionOfHead(db) !== headRevision) return this.#refusal(db);
    const revision = nextRevision(db);
    const put = db.prepare("INSERT OR REPLACE INTO entries (name, value, revision) VALUES (?, ?, ?)");
    const remove = db.prepare("DELETE FROM entries WHERE name = ?");
    for (const [name, value] of puts) {
      if (value === null) remove.run(name);
      else put.run(name, value, revision);
    }
    return { kind: "committed", headRevision: revision };
  }

  #refusal(db: DatabaseSync): CommitOutcome {
    return { kind: "refused", leader: this.#liveness.leader(db), headRevision: revisionOfHead(db) };
  }
}

function revisionOfHead(db: DatabaseSync): number {
  return Number(db.prepare("SELECT revision FROM entries WHERE name = 'head'").get()?.revision ?? 0);
}
