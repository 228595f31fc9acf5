import { hourAt } from "../../core/days/hour.ts";
import { BrokenInvariant } from "../../core/invariant.ts";
import { addHits, type Counts } from "../../core/log/counts.ts";
import { hasParts } from "../../core/names.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CounterValue, HitOutcome, HitRefusal, HitsOutcome } from "../../ports/counting.ts";
import { JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Counters } from "./counters.ts";
import type { HeldLogs } from "./held_logs.ts";

interface Hit {
  readonly counter: string;
  /** See `Counters.reserve`. */
  readonly reserved: boolean;
  readonly by: number;
  readonly done: (outcome: HitOutcome) => void;
}

const REFUSED = {
  draining: { accepted: false, reason: "draining" },
  journal: { accepted: false, reason: "journal" },
  tooMany: { accepted: false, reason: "too-many-counters" },
  notAllowed: { accepted: false, reason: "not-allowed" },
  halted: { accepted: false, reason: "halted" },
  upgrading: { accepted: false, reason: "upgrading" },
} as const satisfies Record<string, HitRefusal>;

/** Hits that share one write, unless one request has more. They are in one batch, so their counters must fit one. */
const MAX_HITS_PER_WRITE = 1_000;

/**
 * Takes hits. Those of one turn of the event loop share one write to the journal, and none is acknowledged before it.
 *
 * - A1 A hit is in the journal before it is in a log, in a batch, or acknowledged.
 * - A2 If the write fails, no hit of the turn is counted, and all of them are refused.
 * - A3 Hits of one `hitEach` are in one turn, and so in one write. A crash leaves all of them or none.
 *
 * `Counting.hit` says what a caller may expect. Logs and journals belong to `held_logs.ts`, totals to `counters.ts`.
 */
export class Hits {
  readonly #heldLogs: HeldLogs;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #allowed: ReadonlySet<string> | null;
  readonly #halt: (error: BrokenInvariant) => void;
  /** By request. */
  #turn: (readonly Hit[])[] = [];
  #closed = false;
  #halted = false;
  #journalFailing = false;
  /** Hits that this process has acknowledged since it started, those with a key included. */
  accepted = 0;

  /** `allowed`: the only counters that may exist; null: any. `halt` must halt the node, and so call `halt` of this object. */
  constructor(deps: {
    heldLogs: HeldLogs;
    counters: Counters;
    clock: Clock;
    logger: Logger;
    allowed: ReadonlySet<string> | null;
    halt: (error: BrokenInvariant) => void;
  }) {
    this.#heldLogs = deps.heldLogs;
    this.#counters = deps.counters;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#allowed = deps.allowed;
    this.#halt = deps.halt;
  }

  /** Those of `accepted` that a snapshot has shown committed. */
  get committed(): number {
    return this.accepted - this.#heldLogs.ownPending;
  }

  /** See `Counting.hit`. */
  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void {
    const refusal = this.refusal(counter);
    if (refusal !== null) return done(refusal);
    this.#take([{ counter, reserved: this.#counters.reserve(counter), by, done }]);
  }

  /** See `Counting.hitEach`. */
  hitEach(counters: readonly string[], done: (outcome: HitsOutcome) => void): void {
    const places: Pick<Hit, "counter" | "reserved">[] = [];
    for (const counter of counters) {
      const refusal = this.refusal(counter);
      if (refusal === null) {
        places.push({ counter, reserved: this.#counters.reserve(counter) });
        continue;
      }
      this.#release(places);
      return done({ ...refusal, counter });
    }
    const values: CounterValue[] = [];
    const each = (outcome: HitOutcome, counter: string) => {
      if (outcome.accepted) values.push(outcome.value);
      if (counter !== counters.at(-1)) return;
      done(outcome.accepted ? { accepted: true, values, receipt: outcome.receipt } : { ...outcome, counter });
    };
    this.#take(places.map((place) => ({ ...place, by: 1, done: (outcome) => each(outcome, place.counter) })));
  }

  #take(request: readonly Hit[]): void {
    if (this.#turn.push(request) === 1) this.#clock.endOfTurn(() => this.flush());
  }

  /** Why this node takes no hits of `counter`; null: it does. */
  refusal(counter: string): HitRefusal | null {
    if (this.#halted) return REFUSED.halted;
    if (this.#closed) return REFUSED.draining;
    if (this.#allowed && !this.#allowed.has(counter)) return REFUSED.notAllowed;
    if (hasParts(counter) && !this.#counters.takesParts) return REFUSED.upgrading;
    return this.#counters.admits(counter) ? null : REFUSED.tooMany;
  }

  /** Writes this turn's hits and calls their `done`. Also called before a batch is sealed (A1). */
  flush(): void {
    const turn = this.#turn;
    this.#turn = [];
    for (const hits of inWrites(turn)) this.#flush(hits);
  }

  #flush(turn: readonly Hit[]): void {
    const refusal = this.#write(turn);
    const outcomes = turn.map((hit) => refusal ?? this.#count(hit));
    this.#release(turn);
    if (refusal === null) this.#heldLogs.compact();
    turn.forEach(({ done }, at) => {
      done(outcomes[at] as HitOutcome);
    });
  }

  #release(places: Iterable<Pick<Hit, "counter" | "reserved">>): void {
    for (const { counter, reserved } of places) if (reserved) this.#counters.release(counter);
  }

  /** Refuses all hits from now on, and those of this turn: none of them is in the journal yet. */
  halt(): void {
    const turn = this.#turn;
    this.#turn = [];
    this.#halted = true;
    for (const { done } of turn.flat()) done(REFUSED.halted);
  }

  /** Writes this turn's hits, and refuses all later ones. */
  close(): void {
    this.flush();
    this.#closed = true;
  }

  /** Why the turn's hits are refused; null once they are in the journal. */
  #write(turn: readonly Hit[]): HitOutcome | null {
    const counts: Counts = new Map();
    try {
      for (const { counter, by } of turn) addHits(counts, counter, by);
      this.#heldLogs.journal(counts, hourAt(this.#clock.wall()));
      if (this.#journalFailing) this.#logger.info("journal can be written again; hits are accepted");
      this.#journalFailing = false;
      return null;
    } catch (error) {
      if (error instanceof BrokenInvariant) {
        this.#halt(error);
        return REFUSED.halted;
      }
      if (!(error instanceof JournalError)) throw error;
      if (!this.#journalFailing)
        this.#logger.error("journal cannot be written; hits are refused", { error: error.message });
      this.#journalFailing = true;
      return REFUSED.journal;
    }
  }

  #count({ counter, by }: Hit): HitOutcome {
    const own = this.#heldLogs.own;
    if (!own) throw new Error("cannot count written hits: this node has no open log");
    own.log.add(counter, by);
    this.accepted += by;
    const { committed, pending } = this.#counters.addPending(counter, by);
    const value = { counter, value: committed === null ? null : committed + BigInt(pending), committed, pending };
    return { accepted: true, value, receipt: { source: own.log.id, offset: own.log.end } };
  }
}

/** The hits of each write. Those of one request are never in two (A3). */
function inWrites(turn: readonly (readonly Hit[])[]): Hit[][] {
  const writes: Hit[][] = [];
  let last: Hit[] = [];
  for (const request of turn) {
    if (writes.length === 0 || last.length + request.length > MAX_HITS_PER_WRITE) {
      last = [];
      writes.push(last);
    }
    last.push(...request);
  }
  return writes;
}
