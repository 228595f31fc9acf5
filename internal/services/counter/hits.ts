import { BrokenInvariant } from "../../core/invariant.ts";
import { addHits, type Counts } from "../../core/log/counts.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HitOutcome } from "../../ports/counting.ts";
import { JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Counters } from "./counters.ts";
import type { HeldLogs } from "./held_logs.ts";

interface Hit {
  readonly counter: string;
  readonly by: number;
  readonly done: (outcome: HitOutcome) => void;
}

const REFUSED = {
  draining: { accepted: false, reason: "draining" },
  journal: { accepted: false, reason: "journal" },
  tooMany: { accepted: false, reason: "too-many-counters" },
  notAllowed: { accepted: false, reason: "not-allowed" },
  halted: { accepted: false, reason: "halted" },
} as const;

/** Takes hits. Those of one turn of the event loop share one write to the journal, and none is acknowledged before it. */
export class Hits {
  readonly #heldLogs: HeldLogs;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #allowed: ReadonlySet<string> | null;
  readonly #halt: (error: BrokenInvariant) => void;
  #turn: Hit[] = [];
  #closed = false;
  #halted = false;
  #journalFailing = false;
  /** Acknowledged by this process since it started. */
  accepted = 0;

  /** `allowed`: the only counters that may exist; null: any. `halt` must call `halt` here, too. */
  constructor(parts: {
    heldLogs: HeldLogs;
    counters: Counters;
    clock: Clock;
    logger: Logger;
    allowed: ReadonlySet<string> | null;
    halt: (error: BrokenInvariant) => void;
  }) {
    this.#heldLogs = parts.heldLogs;
    this.#counters = parts.counters;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#allowed = parts.allowed;
    this.#halt = parts.halt;
  }

  /** Those of them that a snapshot has shown committed. */
  get committed(): number {
    return this.accepted - this.#heldLogs.ownPending;
  }

  /** See `Counting.hit`. */
  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void {
    if (this.#halted) return done(REFUSED.halted);
    if (this.#closed) return done(REFUSED.draining);
    if (this.#allowed && !this.#allowed.has(counter)) return done(REFUSED.notAllowed);
    if (!this.#counters.admits(counter)) return done(REFUSED.tooMany);
    this.#counters.reserve(counter);
    if (this.#turn.push({ counter, by, done }) === 1) this.#clock.endOfTurn(() => this.flush());
  }

  /** Writes this turn's hits and answers them. Also called before a batch is sealed, so that no hit is in it and not yet written. */
  flush(): void {
    const turn = this.#turn;
    if (turn.length === 0) return;
    this.#turn = [];
    const refusal = this.#write(turn);
    if (refusal !== null) {
      for (const { counter } of turn) this.#counters.release(counter);
      for (const { done } of turn) done(refusal);
      return;
    }
    const outcomes = turn.map((hit) => this.#count(hit));
    this.#heldLogs.compact();
    for (const [i, { done }] of turn.entries()) done(outcomes[i] as HitOutcome);
  }

  /** Refuses all hits from now on, those of this turn too: none of them is in the journal yet. */
  halt(): void {
    const turn = this.#turn;
    this.#turn = [];
    this.#halted = true;
    for (const { done } of turn) done(REFUSED.halted);
  }

  /** Takes no more hits; those of this turn are still written. */
  close(): void {
    this.flush();
    this.#closed = true;
  }

  /** Why the turn's hits are refused; null once they are in the journal. */
  #write(turn: readonly Hit[]): HitOutcome | null {
    const counts: Counts = new Map();
    try {
      for (const { counter, by } of turn) addHits(counts, counter, by);
      this.#heldLogs.journal(counts);
      if (this.#journalFailing) this.#logger.info("the journal can be written again");
      this.#journalFailing = false;
      return null;
    } catch (error) {
      if (error instanceof BrokenInvariant) {
        this.#halt(error);
        return REFUSED.halted;
      }
      if (!(error instanceof JournalError)) throw error;
      if (!this.#journalFailing)
        this.#logger.error("hits are refused: the journal cannot be written", { error: error.message });
      this.#journalFailing = true;
      return REFUSED.journal;
    }
  }

  #count({ counter, by }: Hit): HitOutcome {
    const own = this.#heldLogs.own;
    if (!own) throw new Error("hits were written and there is no log to add them to");
    own.log.add(counter, by);
    this.accepted += by;
    const { committed, pending } = this.#counters.addPending(counter, by);
    const known = this.#counters.ledger !== null;
    const value = {
      counter,
      value: known ? committed + BigInt(pending) : null,
      committed: known ? committed : null,
      pending,
    };
    return { accepted: true, value, receipt: { source: own.log.id, offset: own.log.end } };
  }
}
