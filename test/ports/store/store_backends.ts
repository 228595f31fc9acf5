import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../../internal/adapters/disk/folders.ts";
import { openEtcd } from "../../../internal/adapters/etcd/open_etcd.ts";
import { openSqlite } from "../../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import type { Discovery } from "../../../internal/ports/discovery.ts";
import type { Election } from "../../../internal/ports/election.ts";
import type { Logger } from "../../../internal/ports/logger.ts";
import type { Store } from "../../../internal/ports/store.ts";
import { EtcdProcess, requireEtcd } from "../../adapters/etcd/etcd_process.ts";

/** What one process has of a store. */
export interface OpenStore {
  readonly store: Store;
  readonly election: Election;
  readonly discovery: Discovery;
  close(): Promise<void>;
}

/** A kind of store, and everything around it that a test needs. */
export interface Backend {
  readonly name: string;
  /** Milliseconds of a leader lease: short, because tests wait for its end, and longer than a slow machine stands still. */
  readonly ttlMs: number;
  readonly memberTtlMs: number;
  setUp(context: Mocha.Context): Promise<void>;
  tearDown(): Promise<void>;
  /** What follows begins on an empty store. */
  fresh(): void;
  /** What another process would have of the same store. Closed after the test. */
  open(): Promise<OpenStore>;
  closeAll(): Promise<void>;
  /** Takes everything away under those who use it. */
  wipe(): Promise<void>;
  /** A module's text that opens the store as `opened`, in a process of its own. */
  openingScript(): string;
}

export const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export class SqliteBackend implements Backend {
  readonly name = "SQLite";
  readonly ttlMs = 1_500;
  readonly memberTtlMs = 1_500;
  #folder = "";
  #opened: OpenStore[] = [];
  #stores = 0;

  async setUp(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), "store-"));
  }

  async tearDown(): Promise<void> {
    rmSync(this.#folder, { recursive: true });
  }

  fresh(): void {
    this.#stores++;
  }

  async open(): Promise<OpenStore> {
    const { ttlMs, memberTtlMs } = this;
    const opened = await openSqlite({
      file: this.#file,
      makeFolder,
      ttlMs,
      memberTtlMs,
      clock: systemClock,
      logger: silentLog,
    });
    this.#opened.push(opened);
    return opened;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((opened) => opened.close()));
  }

  async wipe(): Promise<void> {
    rmSync(join(this.#folder, String(this.#stores)), { recursive: true });
  }

  openingScript(): string {
    return script("sqlite", "openSqlite", { file: this.#file });
  }

  get #file(): string {
    return join(this.#folder, String(this.#stores), "store.db");
  }
}

export class EtcdBackend implements Backend {
  readonly name = "etcd";
  readonly ttlMs = 4_000;
  readonly memberTtlMs = 4_000;
  #etcd: EtcdProcess | null = null;
  #opened: OpenStore[] = [];
  #stores = 0;

  async setUp(context: Mocha.Context): Promise<void> {
    requireEtcd(context);
    this.#etcd = await EtcdProcess.start();
  }

  async tearDown(): Promise<void> {
    await this.#etcd?.stop();
  }

  fresh(): void {
    this.#stores++;
  }

  async open(): Promise<OpenStore> {
    const { ttlMs, memberTtlMs } = this;
    const opened = openEtcd({ ...this.#address, ttlMs, memberTtlMs, clock: systemClock, logger: silentLog });
    this.#opened.push(opened);
    return opened;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((opened) => opened.close()));
  }

  async wipe(): Promise<void> {
    await this.#etcd?.wipe();
  }

  openingScript(): string {
    return script("etcd", "openEtcd", this.#address);
  }

  get #address() {
    return { endpoints: [this.#etcd?.endpoint ?? ""], prefix: `/test/${this.#stores}/` };
  }
}

function script(adapter: string, open: string, options: object): string {
  const of = (path: string) => JSON.stringify(new URL(`../../../internal/adapters/${path}`, import.meta.url).href);
  return `
    import { ${open} } from ${of(`${adapter}/open_${adapter}.ts`)};
    import { makeFolder } from ${of("disk/folders.ts")};
    import { systemClock } from ${of("system/system_clock.ts")};
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const opened = await ${open}({ ...${JSON.stringify(options)}, makeFolder, clock: systemClock, logger });
  `;
}
