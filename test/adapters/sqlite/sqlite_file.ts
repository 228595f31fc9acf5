import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../../internal/adapters/disk/folders.ts";
import { openSqlite } from "../../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import { StoreError, type StoreErrorKind } from "../../../internal/ports/store.ts";
import { type OpenStore, silentLog } from "../../ports/store/store_backends.ts";

export const ANNE = { nodeId: "anne", address: "10.0.0.1:5000" };
export const BERT = { nodeId: "bert", address: "10.0.0.2:5000" };

/** The one entry of a small ledger. */
export const head = (text: string) => ({ puts: new Map([["head", Buffer.from(text)]]) });

/** For `assert.rejects`: a StoreError of this kind, whose message has these words. */
export const fails =
  (kind: StoreErrorKind, words = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, words);
    return true;
  };

/** A SQLite store in a folder of its own, as several processes have it open. */
export class SqliteFile {
  readonly folder = mkdtempSync(join(tmpdir(), "sqlite-"));
  /** Not there before the first `open`, nor is the folder that it is in. */
  readonly file = join(this.folder, "data", "store.db");
  readonly #opened: OpenStore[] = [];

  /** What one process has of it. */
  async open(clock: Clock = systemClock, file = this.file): Promise<OpenStore> {
    const store = await openSqlite({ file, makeFolder, clock, logger: silentLog });
    this.#opened.push(store);
    return store;
  }

  /** Closes and deletes everything. */
  async end(): Promise<void> {
    for (const store of this.#opened) await store.close();
    rmSync(this.folder, { recursive: true });
  }
}
