import type { DayChanges } from "../../core/days/day_changes.ts";
import type { Day, Hour } from "../../core/days/hour.ts";
import type { KeptDays } from "../../core/days/kept_days.ts";
import { addDayEntry, DAY_NAMES } from "../../core/ledger/day_entries.ts";
import { UnreadableLedger } from "../../core/ledger/entry_fields.ts";
import { decodeHead } from "../../core/ledger/head_encoding.ts";
import { decodeRound, ROUND_NAMES } from "../../core/ledger/round_encoding.ts";
import type { LedgerChange } from "../../core/ledger/snapshot.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { CommittedTotal, HitsByHour } from "../../ports/counting.ts";
import type { Logger } from "../../ports/logger.ts";
import { type EntryRange, type Store, StoreError } from "../../ports/store.ts";
import { BusiestCounters } from "./busiest_counters.ts";

/** The ledger at the version that this node shows. */
export type ShownVersion = Pick<HitsByHour, "version" | "asOf">;

export interface NodeDaysDeps {
  readonly store: Pick<Store, "readHead" | "scan">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Call only after a snapshot was adopted. */
  readonly shown: () => ShownVersion;
}

/** Bytes that are read and decoded in one turn of the event loop: a few milliseconds. */
const CHUNK_BYTES = 128_000;
const PAUSE_MS = 20;
const RETRY_MS = 2_000;

/** Days that are being read. */
interface Reading {
  readonly id: string;
  /** At least this version must be read. */
  readonly version: number;
  /** Null until the store's `head` has told how its counters are divided into pages. */
  days: KeptDays | null;
  /** Changes that came before that. */
  early: (DayChanges & Pick<LedgerChange, "hoursFrom">)[];
}

/** What this node answers from. `asOf`: when it missed changes, and the days are being read anew; null: it has all of them. */
interface Shown {
  readonly days: KeptDays;
  readonly asOf: ShownVersion | null;
}

/**
 * Hits by hour on a node: read from the store once, in the background, and kept up to date by leaders' changes. Both may overlap: see
 * `KeptDays`.
 *
 * - D1 Rounds are read before days: what a leader folds meanwhile is in one of them. Both are read after a snapshot was adopted: what is
 *   committed later comes with changes.
 * - D2 A node that missed changes reads everything anew. Meanwhile it answers as of the version up to which it has all of them.
 * - D3 Days belong to one ledger: another one begins with none.
 */
export class NodeDays {
  readonly #deps: NodeDaysDeps;
  readonly #busiest: BusiestCounters;
  #shown: Shown | null = null;
  #reading: Reading | null = null;
  #ledger: string | null = null;
  #hasDays = false;
  #stopped = false;
  #cancelRetry: Cancel = () => {};

  constructor(deps: NodeDaysDeps) {
    this.#deps = deps;
    this.#busiest = new BusiestCounters(deps.clock);
  }

  /** Takes over a change that this node is about to adopt. */
  adopt(change: LedgerChange): void {
    const { ledger, since, format = 1 } = change;
    const had = this.#hasDays;
    this.#hasDays = format >= 2;
    if (this.#ledger !== ledger.id) this.#shown = null;
    const missed = since === null || this.#ledger !== ledger.id || !had;
    this.#ledger = ledger.id;
    if (!this.#hasDays) return;
    if (missed) this.#readAnew(change);
    if (this.#shown?.asOf === null) {
      take(this.#shown.days, change);
      this.#busiest.changed(this.#shown.days, change);
    }
    if (this.#reading?.days) take(this.#reading.days, change);
    else this.#reading?.early.push(change);
  }

  /** See `Counting.hitsByHour`. */
  hitsByHour(counter: string, from: Hour, to: Hour): HitsByHour | "loading" | "upgrading" {
    if (this.#ledger !== null && !this.#hasDays) return "upgrading";
    if (this.#shown === null) return "loading";
    const { days, asOf } = this.#shown;
    return { hits: days.read(counter, from, to), since: days.since, ...(asOf ?? this.#deps.shown()) };
  }

  /** See `Counting.busiest`. */
  async busiest(day: Day): Promise<readonly CommittedTotal[] | null> {
    if (!this.#hasDays || this.#shown === null) return null;
    return this.#busiest.of(this.#shown.days, day);
  }

  /** Bytes that the days take in memory. */
  get bytes(): number {
    return (this.#shown?.days.bytes ?? 0) + (this.#reading?.days?.bytes ?? 0);
  }

  stop(): void {
    this.#stopped = true;
    this.#reading = null;
    this.#busiest.forget();
    this.#cancelRetry();
  }

  /** D2 */
  #readAnew({ ledger }: LedgerChange): void {
    if (this.#shown?.asOf === null) this.#shown = { days: this.#shown.days, asOf: this.#deps.shown() };
    const reading = { id: ledger.id, version: ledger.version, days: null, early: [] };
    this.#reading = reading;
    this.#cancelRetry();
    if (!this.#stopped) void this.#read(reading);
  }

  async #read(reading: Reading): Promise<void> {
    try {
      if (!(await this.#readHead(reading))) return this.#retry(reading);
      await this.#readAll(reading, ROUND_NAMES, addRound);
      await this.#readAll(reading, DAY_NAMES, addDayEntry);
    } catch (error) {
      if (!(error instanceof StoreError) && !(error instanceof UnreadableLedger)) throw error;
      return this.#retry(reading);
    }
    if (this.#reading !== reading || reading.days === null) return;
    this.#shown = { days: reading.days, asOf: null };
    this.#reading = null;
    this.#deps.logger.debug("days read", { ledger: reading.id, days: reading.days.size, bytes: reading.days.bytes });
  }

  /** False while the store's ledger is not the one that this node shows: it is restored, or another one. */
  async #readHead(reading: Reading): Promise<boolean> {
    const { head } = await this.#deps.store.readHead();
    const stored = head && decodeHead(head);
    if (!stored?.layout || stored.id !== reading.id || stored.version < reading.version) return false;
    reading.days ??= stored.days;
    reading.days.dropBefore(stored.daysFrom);
    for (const change of reading.early.splice(0)) take(reading.days, change);
    return true;
  }

  async #readAll(
    reading: Reading,
    all: EntryRange,
    add: (days: KeptDays, entry: string, bytes: Uint8Array) => unknown,
  ): Promise<void> {
    for (let from: string | null = all.from; from !== null && this.#reading === reading; ) {
      const { entries, next } = await this.#deps.store.scan({ from, to: all.to }, CHUNK_BYTES);
      if (reading.days) for (const [entry, bytes] of entries) add(reading.days, entry, bytes);
      from = next;
      if (next !== null) await new Promise<void>((resolve) => void this.#deps.clock.after(PAUSE_MS, resolve));
    }
  }

  #retry(reading: Reading): void {
    if (this.#reading !== reading || this.#stopped) return;
    this.#cancelRetry = this.#deps.clock.after(RETRY_MS, () => void this.#read(reading));
  }
}

function addRound(days: KeptDays, entry: string, bytes: Uint8Array): void {
  days.learn(decodeRound(entry, bytes));
}

/** Drops first: the leader has no deletion that only dropped days know of. */
function take(days: KeptDays, change: DayChanges & Pick<LedgerChange, "hoursFrom">): void {
  days.dropBefore(change.hoursFrom ?? 0);
  days.learn(change);
}
