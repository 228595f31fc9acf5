import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../ports/clock.ts";
import { StoreError } from "../../ports/store.ts";
import { isBusy, type Stage, toStoreError } from "./sqlite_error.ts";
import type { StoreHandle } from "./store_handle.ts";

/** How long a transaction waits for a lock. */
const LOCK_TIMEOUT_MS = 1_000;
/** Pause between two tries for a lock. */
const LOCK_RETRY_MS = 10;

/**
 * Transactions for one user of the store file: the ledger, the election or discovery. Each user gets `replaced` once per replaced file.
 * Each transaction is one synchronous call, so that only a signal can stop this process inside one. Waiting for a lock blocks the event
 * loop for SQLite's busy timeout at most.
 */
export class Transactions {
  readonly #handle: StoreHandle;
  readonly #clock: Clock;
  #generation: number | null = null;

  constructor(handle: StoreHandle, clock: Clock) {
    this.#handle = handle;
    this.#clock = clock;
  }

  /** See `StoreHandle.generation`. */
  get generation(): number {
    return this.#handle.generation;
  }

  /** Runs `work` on a consistent state. Throws StoreError. */
  read<T>(work: (db: DatabaseSync) => T): Promise<T> {
    return this.#retryingWhileLocked(() => this.#run("BEGIN", work));
  }

  /** Runs `work` while no other transaction writes. Throws StoreError; only after `unknown` it may have been applied. */
  write<T>(work: (db: DatabaseSync) => T): Promise<T> {
    return this.#retryingWhileLocked(() => this.#run("BEGIN IMMEDIATE", work));
  }

  async #retryingWhileLocked<T>(attempt: () => T): Promise<T> {
    const deadline = this.#clock.monotonic() + LOCK_TIMEOUT_MS;
    for (;;) {
      if (this.#handle.closed) throw new StoreError("away", `${this.#handle.path}: this store is closed`);
      try {
        return attempt();
      } catch (error) {
        const timedOut = this.#clock.monotonic() >= deadline;
        if (!isBusy(error) || timedOut) throw toStoreError(this.#handle.path, error, "open");
      }
      await new Promise<void>((resolve) => this.#clock.after(LOCK_RETRY_MS, resolve));
    }
  }

  #run<T>(begin: string, work: (db: DatabaseSync) => T): T {
    const db = this.#handle.database();
    this.#throwIfReplaced();
    let stage: Stage = "open";
    try {
      db.exec(begin);
      stage = "work";
      const result = work(db);
      stage = "commit";
      db.exec("COMMIT");
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw isBusy(error) ? error : toStoreError(this.#handle.path, error, stage);
    }
  }

  #throwIfReplaced(): void {
    const before = this.#generation;
    this.#generation = this.#handle.generation;
    if (before === null || before === this.#generation) return;
    throw new StoreError("replaced", `${this.#handle.path} was deleted or replaced while it was in use`);
  }
}
