import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../ports/clock.ts";
import { identityOf, openStoreFile, type StoreFile, type StorePlace } from "./store_file.ts";

/** The store's open file. It is opened when first needed, and again when another file has taken its place. */
export class StoreHandle {
  readonly path: string;
  readonly #place: StorePlace;
  readonly #clock: Clock;
  #file: StoreFile | null = null;
  #generation = 0;
  #closed = false;

  constructor(place: StorePlace, clock: Clock) {
    this.path = place.file;
    this.#place = place;
    this.#clock = clock;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Number of files opened under this name so far. Beats seen in an earlier file say nothing about this one. */
  get generation(): number {
    return this.#generation;
  }

  /** The open database. Throws StoreError, or SQLite's error if another process holds a lock. */
  database(): DatabaseSync {
    const former = this.#file;
    if (former && identityOf(this.path) === former.identity) return former.db;
    // The former file stays open until here. Otherwise a new file could get its inode number and pass for the former one.
    this.#file = openStoreFile(this.#place, former, this.#clock.wall());
    former?.db.close();
    this.#generation++;
    return this.#file.db;
  }

  close(): void {
    this.#closed = true;
    this.#file?.db.close();
    this.#file = null;
  }
}
