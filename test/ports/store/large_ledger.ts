import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type EntryRange, type Store, StoreError, type Writes } from "../../../internal/ports/store.ts";
import { SeededRandom } from "../../simulation/seeded_random.ts";

export const ALL: EntryRange = { from: "", to: "~" };
export const PIECE_BYTES = 1_000_000;

/** Of 1,000,000 counters: 4,096 pages of 250 counters each, with names of 24 characters. */
const PAGES = 4_096;
const PAGE_BYTES = 12_000;
/** Of a round that changes 1,000 counters. Its pages are folded for as many bytes. */
const ROUND_BYTES = 60_000;
const PAGES_OF_ROUND = ROUND_BYTES / PAGE_BYTES;
const KEPT_ROUNDS = 100;
/** Pages that fill one transaction. */
const FILLED_AT_ONCE = 100;
const RESOLUTION_MS = 1;

/** Entries as large as those of a ledger with 1,000,000 counters. Each begins with its name and version, and can be told from all others. */
export class LargeLedger {
  readonly #store: Store;
  readonly #noise = noise(2 * ROUND_BYTES);
  readonly #versions = new Map<string, number>();
  #version = 0;
  #turn = 0;
  #headRevision = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Versions of all entries as they were written last, in the order of names. */
  get versions(): ReadonlyMap<string, number> {
    return new Map([...this.#versions].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async fill(): Promise<void> {
    for (let page = 0; page < PAGES; page += FILLED_AT_ONCE) {
      await this.#write(range(page, Math.min(page + FILLED_AT_ONCE, PAGES)).map(pageName), []);
    }
    for (let round = 0; round < KEPT_ROUNDS; round++) await this.round();
  }

  /** Writes as a leader does in a round: a head, a round, and some pages; and deletes the oldest round. */
  round(): Promise<void> {
    const oldest = roundName(this.#version + 1 - KEPT_ROUNDS);
    const pages = range(0, PAGES_OF_ROUND).map(() => pageName(this.#turn++ % PAGES));
    return this.#write([roundName(this.#version + 1), ...pages], [{ from: "rounds/", to: oldest }]);
  }

  /** The version of `name` in an entry that was read. Throws AssertionError unless it is what that version had, to every byte. */
  versionIn(name: string, value: Uint8Array): number {
    const version = Number(Buffer.from(value.buffer, value.byteOffset, 100).toString("latin1").split("\n")[1]);
    assert.ok(this.#valueOf(name, version).equals(value), `${name} at ${version} has other bytes`);
    return version;
  }

  async #write(names: readonly string[], ranges: readonly EntryRange[]): Promise<void> {
    const version = ++this.#version;
    const puts = new Map(["head", ...names].map((name) => [name, this.#valueOf(name, version)]));
    await this.#commit({ puts, ranges });
    for (const name of puts.keys()) this.#versions.set(name, version);
    for (const { from, to } of ranges)
      for (const name of this.#versions.keys()) if (from <= name && name < to) this.#versions.delete(name);
  }

  async #commit(writes: Writes): Promise<void> {
    const { kind, headRevision } = await this.#store.overwrite(this.#headRevision, writes);
    assert.equal(kind, "committed");
    this.#headRevision = headRevision;
  }

  #valueOf(name: string, version: number): Buffer {
    const begin = Buffer.from(`${name}\n${version}\n`);
    const size = name === "head" ? 500 : name.startsWith("rounds/") ? ROUND_BYTES : PAGE_BYTES + ((version * 31) % 997);
    const at = (version * 7_919 + name.length * 104_729 + Number(name.slice(-4)) * 613) % ROUND_BYTES || 0;
    return Buffer.concat([begin, this.#noise.subarray(at, at + size - begin.length)]);
  }
}

export interface Reading {
  readonly pieces: number;
  /** Calls that failed and were repeated. */
  readonly repeated: number;
  readonly tookMs: number;
  /** For which the event loop was blocked at most, as the clock goes: on a busy machine also by other processes. */
  readonly pauseMs: number;
  /** CPU time of this thread for one piece, at most. No turn of the event loop takes more. */
  readonly pieceCpuMs: number;
}

/** Reads all entries piece by piece, and each again after a failure. `use` gets each piece, and when it was asked for. */
export async function readInPieces(
  store: Store,
  use: (entries: ReadonlyMap<string, Uint8Array>, pieces: number) => void | Promise<void>,
): Promise<Reading> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const begin = performance.now();
  let [pieces, repeated, pieceCpuMs] = [0, 0, 0];
  for (let from: string | null = ALL.from; from !== null; ) {
    const cpu = process.threadCpuUsage();
    try {
      const { entries, next } = await store.scan({ from, to: ALL.to }, PIECE_BYTES);
      await use(entries, ++pieces);
      from = next;
      const { user, system } = process.threadCpuUsage(cpu);
      pieceCpuMs = Math.max(pieceCpuMs, (user + system) / 1_000);
    } catch (error) {
      if (!(error instanceof StoreError) || performance.now() - begin > 150_000) throw error;
      repeated++;
      await sleep(50);
    }
  }
  delay.disable();
  assert.ok(delay.count > pieces / 2, `the event loop turned ${delay.count} times while ${pieces} pieces were read`);
  return { pieces, repeated, tookMs: performance.now() - begin, pauseMs: delay.max / 1e6 - RESOLUTION_MS, pieceCpuMs };
}

/** For a person: what `reading` took. */
export function readingText({ pieces, repeated, tookMs, pauseMs, pieceCpuMs }: Reading): string {
  const again = repeated > 0 ? `, ${repeated} calls repeated` : "";
  return `${(tookMs / 1000).toFixed(1)} s in ${pieces} pieces${again}; longest pause of the event loop ${pauseMs.toFixed(0)} ms, at most ${pieceCpuMs.toFixed(0)} ms of CPU for a piece`;
}

function pageName(page: number): string {
  return `pages/${String(page).padStart(4, "0")}`;
}

function roundName(version: number): string {
  return `rounds/${String(Math.max(0, version)).padStart(12, "0")}`;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function noise(size: number): Buffer {
  const random = new SeededRandom(1);
  return Buffer.from(Array.from({ length: size }, () => random.between(0, 255)));
}
