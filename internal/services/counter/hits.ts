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
} as const;

/** Takes hits. Those of one turn of the event loop share one write to the journal, and none is acknowledged before it. */
export class Hits {
  readonly #heldLogs: HeldLogs;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #allowed: ReadonlySet<string> | null;
  #turn: Hit[] = [];
  #closed = false;
  #journalFailing = false;
  /** Acknowledged by this process since it started. */
  accepted = 0;

  /** `allowed`: the only counters that may exist; null: any. */
  constructor(parts: {
    heldLogs: HeldLogs;
    counters: Counters;
    clock: Clock;
    logger: Logger;
    allowed: ReadonlySet<string> | null;
  }) {
    this.#heldLogs = parts.heldLogs;
    this.#counters = parts.counters;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#allowed = parts.allowed;
  }

  /** Those of them that a snapshot has shown committed. */
  get committed(): number {
    return this.accepted - this.#heldLogs.ownPending;
  }

  /** See `Counting.hit`. */
  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void {
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
    if (!this.#write(turn)) {
      for (const { counter } of turn) this.#counters.release(counter);
      for (const { done } of turn) done(REFUSED.journal);
      return;
    }
    const outcomes = turn.map((hit) => this.#count(hit));
    this.#heldLogs.compact();
    for (const [i, { done }] of turn.entries()) done(outcomes[i] as HitOutcome);
  }

  /** Takes no more hits; those of this turn are still written. */
  close(): void {
    this.flush();
    this.#closed = true;
  }

  #write(turn: readonly Hit[]): boolean {
    const counts: Counts = new Map();
    for (const { counter, by } of turn) addHits(counts, counter, by);
    try {
      this.#heldLogs.journal(counts);
      if (this.#journalFailing) this.#logger.info("the journal can be written again");
      this.#journalFailing = false;
      return true;
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      if (!this.#journalFailing)
        this.#logger.error("hits are refused: the journal cannot be written", { error: error.message });
      this.#journalFailing = true;
      return false;
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
