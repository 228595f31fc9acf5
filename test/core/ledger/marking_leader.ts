import assert from "node:assert/strict";
import type { AdjustingTerms } from "../../../internal/core/ledger/adjusting_round.ts";
import type { KeyLimits } from "../../../internal/core/ledger/keyed_round.ts";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import { conversionOf } from "../../../internal/core/ledger/transaction.ts";
import type { Batch } from "../../../internal/core/log/batch.ts";
import type { OfferedMark } from "../../../internal/core/marks/mark.ts";
import { entriesAfter } from "../../ports/store/entries.ts";
import { LEDGER_ID, ledgerWith, source } from "../samples.ts";

const DAY_MS = 86_400_000;
/** Noon of a day, when the leader begins. */
export const NOON_MS = 20_000 * DAY_MS + DAY_MS / 2;
/** The process that offers marks. */
export const LIFE = source(77);

/** What is offered beside marks. */
interface Offered {
  /** Id of the ledger whose secrets made the marks. */
  readonly ledger: string;
  /** Of nodes that offer nothing. */
  readonly clocks: readonly number[];
  readonly batches: readonly Batch[];
  readonly adjusting: AdjustingTerms | null;
  /** Keys that the ledger may keep; null: it takes none, and counts no hours. */
  readonly keys: KeyLimits | null;
}

const NOTHING: Offered = { ledger: LEDGER_ID, clocks: [], batches: [], adjusting: null, keys: null };

/** A leader's rounds, and what lies in the store after each. */
export class Leading {
  entries: ReadonlyMap<string, Uint8Array>;
  rounds: Rounds;
  wall = NOON_MS;
  budget = 1_000;
  /** Monotonic milliseconds. */
  now = 0;
  #revision = 1;
  #secrets = 0;

  constructor() {
    this.entries = entriesAfter(new Map(), conversionOf(ledgerWith(), "00000000000000aa"));
    this.rounds = this.#begun();
  }

  /** Another leader reads what is in the store. */
  takeOver(): void {
    this.rounds = this.#begun();
  }

  /** The round's verdict, after its transaction is committed; null: it wrote nothing. */
  round(marks: readonly OfferedMark[], more: Partial<Offered> = {}) {
    const plan = this.#plan(marks, { ...NOTHING, ...more });
    if (plan) {
      this.entries = entriesAfter(this.entries, plan);
      this.rounds.settle(plan, ++this.#revision, this.now);
    }
    return plan && { verdict: this.rounds.markVerdicts.get("a"), plan };
  }

  #plan(marks: readonly OfferedMark[], { ledger, clocks, batches, adjusting, keys }: Offered) {
    const reply = { epoch: 1, round: this.rounds.begin(), sources: [], batches };
    const offers = { life: LIFE, ledger, region: "eu", marks };
    this.rounds.accept("a", { ...reply, marks: marks.length > 0 ? offers : null, clock: this.wall }, this.now);
    for (const [at, clock] of clocks.entries())
      this.rounds.accept(`clock-${at}`, { ...reply, batches: [], clock }, this.now);
    const newSecret = () => String(++this.#secrets).padStart(32, "0");
    const { wall, budget } = this;
    const keyed = keys && { ...keys, wall, node: "a" };
    return this.rounds.plan(this.now, { keyed, adjusting, marked: { budget, wall, node: "a", newSecret } });
  }

  /** Time passes, and a round is written in each step. */
  pass(ms: number, step = 600_000): void {
    for (let left = ms; left > 0; left -= step) {
      this.wall += Math.min(left, step);
      this.now += Math.min(left, step);
      this.round([]);
    }
  }

  get ledger(): Ledger {
    return decodeLedger(this.entries) as Ledger;
  }

  names(kind: string): string[] {
    return [...this.entries.keys()].filter((name) => name.startsWith(kind)).sort();
  }

  #begun(): Rounds {
    const ledger = decodeLedger(this.entries);
    assert.ok(ledger);
    const retention = { silence: 1e12, afterEnd: 1e12, ended: 10 };
    return new Rounds({ epoch: 1, writer: "w1" }, ledger, this.#revision, { bytes: 1 << 20 }, retention, this.now);
  }
}
