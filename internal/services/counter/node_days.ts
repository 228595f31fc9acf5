import type { DayChanges } from "../../core/days/day_changes.ts";
import type { Day, Hour } from "../../core/days/hour.ts";
import type { KeptDays } from "../../core/days/kept_days.ts";
import { addDayEntry, DAY_NAMES } from "../../core/ledger/day_entries.ts";
import { UnreadableLedger } from "../../core/ledger/entry_fields.ts";
import { decodeHead } from "../../core/ledger/head_encoding.ts";
import { type Ledger, positionOf } from "../../core/ledger/ledger.ts";
import { isAheadOf } from "../../core/ledger/loss_detection.ts";
import { decodeRound, ROUND_NAMES } from "../../core/ledger/round_encoding.ts";
import type { LedgerChange } from "../../core/ledger/snapshot.ts";
import type { LedgerPosition } from "../../core/log/batch.ts";
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
  /** The newest version of which this node has heard. At least that must be read. */
  heard: LedgerPosition;
  /** Null until the store's `head` has told how its counters are divided into pages. */
  days: KeptDays | null;
  /** Changes that came before that, in the present attempt. */
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
 * - D4 What was read counts only if the store's ledger has gone on, from the version of the newest change to the end of reading. A store
 *   that was restored meanwhile would give days of two moments.
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
    if (this.#reading) this.#reading.heard = ledger;
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
    const reading: Reading = { heard: ledger, days: null, early: [] };
    this.#reading = reading;
    this.#cancelRetry();
    if (!this.#stopped) void this.#read(reading);
  }

  async #read(reading: Reading): Promise<void> {
    reading.days = null;
    reading.early = [];
    const days = await this.#tried(reading);
    if (days === null) return this.#retry(reading);
    if (this.#reading !== reading) return;
    this.#shown = { days, asOf: null };
    this.#reading = null;
    this.#deps.logger.debug("days read", { ledger: reading.heard.id, days: days.size, bytes: days.bytes });
  }

  async #tried(reading: Reading): Promise<KeptDays | null> {
    try {
      return await this.#daysInStore(reading);
    } catch (error) {
      if (!(error instanceof StoreError) && !(error instanceof UnreadableLedger)) throw error;
      return null;
    }
  }

  /** Null if they cannot be read now. */
  async #daysInStore(reading: Reading): Promise<KeptDays | null> {
    const begun = await this.#headAfter(reading.heard);
    if (begun === null) return null;
    this.#begin(reading, begun);
    await this.#readAll(reading, ROUND_NAMES, addRound);
    await this.#readAll(reading, DAY_NAMES, addDayEntry);
    return (await this.#headAfter(positionOf(begun))) && begun.days;
  }

  /** The head of the store's ledger; null if that is not one that has gone on from `position`: it was restored, or it is another one (D4). */
  async #headAfter(position: LedgerPosition): Promise<Ledger | null> {
    const { head } = await this.#deps.store.readHead();
    const stored = head && decodeHead(head);
    return stored?.layout && stored.id === position.id && !isAheadOf(position, stored) ? stored : null;
  }

  #begin(reading: Reading, { days, daysFrom }: Ledger): void {
    reading.days = days;
    days.dropBefore(daysFrom);
    for (const change of reading.early.splice(0)) take(days, change);
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
