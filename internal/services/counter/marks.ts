import {
  type DaySecret,
  type MarkLedger,
  type MarkOffers,
  type MarkVerdicts,
  markOf,
  type OfferedMark,
  type Visitor,
} from "../../core/marks/mark.ts";
import { dayOf, type Period, type PeriodKind, periodAt } from "../../core/marks/period.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HitRefusal, MarkResult } from "../../ports/counting.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Counters } from "./counters.ts";
import type { Hits } from "./hits.ts";

/** Marks that wait on one node, for example while the store is away. */
const MAX_WAITING = 20_000;
/** Marks in one reply to a collect. */
const MAX_OFFERED = 2_000;
/** A visit waits this long for the secret of its day, and for its counter, for example on a node that has just started. */
const EARLY_MS = 10_000;
const MAX_EARLY = 1_000;
/** Marks that a node remembers as decided are at most twice as many. */
const MAX_REMEMBERED = 20_000;

export interface MarksDeps {
  /** Random id of this process. */
  readonly life: string;
  readonly region: string;
  readonly counters: Counters;
  readonly hits: Hits;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface WaitingMark extends OfferedMark {
  /** See `Counters.reserve`. */
  readonly reserved: boolean;
}

/** A visit whose mark cannot be made yet. */
interface EarlyVisit {
  readonly counter: string;
  readonly period: Period;
  readonly visitor: Visitor;
  readonly until: number;
}

/**
 * The marks of visitors on this node (docs/protocol.md, Visitors). Nobody waits for what becomes of one.
 *
 * - M1 A mark is made only with a secret that a snapshot of this node's ledger brought, so it is committed, and all nodes have the same.
 * - M2 Each reply to a collect has the oldest marks that wait, until a leader has decided about them.
 * - M3 What this node knows of marks ends with the ledger's id: another ledger may lack them, and may have other secrets.
 * - M4 Addresses and agents are in memory only, for ten seconds at most, while a visit waits for the secret of its day.
 */
export class Marks {
  readonly #deps: MarksDeps;
  #ledger: string | null = null;
  #secrets: ReadonlyMap<Period, DaySecret> = new Map();
  /** By number, oldest first. */
  readonly #waiting = new Map<number, WaitingMark>();
  #numbers = 0;
  #early: EarlyVisit[] = [];
  readonly #remembered = new Remembered();
  #toldRefusal = false;
  /** What became of marks that were new to this node. */
  readonly results: Record<MarkResult, number> = { decided: 0, refused: 0, no_room: 0, no_secret: 0 };

  constructor(deps: MarksDeps) {
    this.#deps = deps;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Visits that wait for the secret of their day. */
  get early(): number {
    return this.#early.length;
  }

  /** See `Counting.mark`. */
  mark(counter: string, kind: PeriodKind, visitor: Visitor): void {
    const { hits, clock } = this.#deps;
    const refusal = hits.refusal(counter);
    if (refusal !== null && !mayPass(refusal)) return;
    const until = clock.monotonic() + EARLY_MS;
    const visit = { counter, period: periodAt(kind, clock.wall()), visitor, until };
    if (this.#decide(visit)) return;
    if (this.#early.length < MAX_EARLY) this.#early.push(visit);
    else this.results.no_secret++;
  }

  /** Takes what an adopted snapshot says. `marks`: null if its ledger can have none. */
  adopt(ledger: string, marks: MarkLedger | null): void {
    if (ledger !== this.#ledger) this.#forgetAll();
    this.#ledger = ledger;
    this.#secrets = marks?.secrets ?? new Map();
    const now = this.#deps.clock.monotonic();
    const early = this.#early.filter((visit) => !this.#decide(visit));
    this.#early = early.filter(({ until }) => until > now);
    this.results.no_secret += early.length - this.#early.length;
  }

  /** The oldest marks that wait, for a reply to a collect (M2). Null: there are none. */
  offer(): MarkOffers | null {
    if (this.#waiting.size === 0 || this.#ledger === null) return null;
    const { life, region } = this.#deps;
    return { life, ledger: this.#ledger, region, marks: [...this.#waiting.values().take(MAX_OFFERED)] };
  }

  /** Takes what a leader decided. Call after the totals of the same publication are adopted, in this node's ledger only. */
  judge({ life, through, refused }: MarkVerdicts): void {
    if (life !== this.#deps.life) return;
    const without = new Set(refused);
    for (const mark of this.#waiting.values()) {
      if (mark.number > through) break;
      this.#end(mark);
      if (without.has(mark.number)) this.#refused(mark);
      else this.results.decided++;
    }
  }

  /** This process ends, or halted: what waits is lost. */
  end(): void {
    this.#forgetAll();
    this.#early = [];
  }

  /** Makes the visit's mark, or drops it. False: it waits for the secret of its day (M1), or for all counters to be heard of. */
  #decide(visit: EarlyVisit): boolean {
    const { hits, counters } = this.#deps;
    const { counter, period } = visit;
    const refusal = hits.refusal(counter);
    if (refusal !== null && mayPass(refusal)) {
      // The counter may exist: hits of others that this node found in its journal take all its room until it knows.
      if (!counters.complete) return false;
      if (refusal.reason === "too-many-counters") this.results.no_room++;
      return true;
    }
    const secret = this.#secrets.get(dayOf(period));
    if (secret !== undefined) this.#makeMark(visit, secret);
    return secret !== undefined;
  }

  /** Offers the visit's mark, unless this node knows it. */
  #makeMark({ counter, period, visitor }: EarlyVisit, secret: DaySecret): void {
    const mark = markOf(secret, period, counter, visitor);
    if (!this.#remembered.add(textOf(mark))) return;
    if (this.#waiting.size >= MAX_WAITING) {
      this.#remembered.delete(textOf(mark));
      this.results.no_room++;
      return;
    }
    const reserved = this.#deps.counters.reserve(counter);
    const number = ++this.#numbers;
    this.#waiting.set(number, { ...mark, number, counter, period, reserved });
  }

  #refused(mark: OfferedMark): void {
    this.results.refused++;
    this.#remembered.delete(textOf(mark));
    if (this.#toldRefusal) return;
    this.#toldRefusal = true;
    this.#deps.logger.warn("visitors are not counted: the ledger keeps as many marks as it may", {
      counter: mark.counter,
    });
  }

  #end({ number, counter, reserved }: WaitingMark): void {
    this.#waiting.delete(number);
    if (reserved) this.#deps.counters.release(counter);
  }

  /** M3 */
  #forgetAll(): void {
    for (const mark of this.#waiting.values()) this.#end(mark);
    this.#remembered.clear();
    this.#secrets = new Map();
  }
}

/** The newest marks, so that most views of a visitor make no offer. A mark that is forgotten here is offered again, and counts no more. */
class Remembered {
  #newest = new Set<string>();
  #older = new Set<string>();

  /** False: it is here already. */
  add(mark: string): boolean {
    if (this.#newest.has(mark) || this.#older.has(mark)) return false;
    if (this.#newest.size >= MAX_REMEMBERED) {
      this.#older = this.#newest;
      this.#newest = new Set();
    }
    this.#newest.add(mark);
    return true;
  }

  delete(mark: string): void {
    this.#newest.delete(mark);
    this.#older.delete(mark);
  }

  clear(): void {
    this.#newest.clear();
    this.#older.clear();
  }
}

/** Whether a node refuses hits of a counter only until it has heard of all counters, perhaps. */
function mayPass({ reason }: HitRefusal): boolean {
  return reason === "too-many-counters" || reason === "upgrading";
}

function textOf({ high, low }: { readonly high: number; readonly low: number }): string {
  return `${high} ${low}`;
}
