import { type Hour, startOf } from "../../core/days/hour.ts";
import { isoTime } from "../../core/iso_time.ts";
import { LedgerMismatch, positionOf } from "../../core/ledger/ledger.ts";
import type { RoundPlan, Rounds } from "../../core/ledger/rounds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Lease } from "../../ports/election.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter, RoundOutcome } from "../../ports/meter.ts";
import type { Store } from "../../ports/store.ts";
import { type AdjustmentQueue, doesImport } from "./adjustment_queue.ts";
import type { LeaderTerm } from "./leader_term.ts";
import type { Leadership } from "./leadership.ts";
import type { OpenLedger } from "./open_ledger.ts";
import type { Publisher } from "./publisher.ts";
import type { RoundInterval } from "./round_interval.ts";
import type { RoundLog } from "./round_log.ts";
import type { StallDetector } from "./stall_detector.ts";
import type { StoreSpace } from "./store_space.ts";
import type { StoreStatus } from "./store_status.ts";

export interface RoundCommitsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly store: Store;
  readonly lease: Lease;
  readonly term: LeaderTerm;
  readonly leadership: Leadership;
  readonly ledger: OpenLedger;
  readonly publisher: Publisher;
  readonly adjustments: AdjustmentQueue;
  readonly interval: RoundInterval;
  readonly roundLog: RoundLog;
  readonly stallDetector: StallDetector;
  readonly status: StoreStatus;
  readonly space: StoreSpace;
}

/** Writes what rounds plan, and does what each outcome of a transaction asks for (`Leader`, L1 and L3). */
export class RoundCommits {
  readonly #deps: RoundCommitsDeps;
  /** Whether the last transaction's outcome is unknown. The conditions of the next one tell, or, if there is nothing to commit, a read. */
  #unsettled = false;

  constructor(deps: RoundCommitsDeps) {
    this.#deps = deps;
  }

  /** Commits what `makePlan` makes; null: there is nothing to write. */
  async commitPlanned(rounds: Rounds, makePlan: () => RoundPlan | null): Promise<void> {
    const { clock, meter } = this.#deps;
    try {
      const plan = makePlan();
      if (plan) {
        const start = clock.monotonic();
        await this.#commit(rounds, plan);
        meter.stage("commit", (clock.monotonic() - start) / 1000);
      } else if (this.#unsettled) await this.#reread("idle");
      else this.#succeeded("idle", rounds, 0);
    } catch (error) {
      this.#planFailed(error);
    }
  }

  /** The store could not be asked, or did not say what became of a transaction. */
  failed(error: unknown): void {
    const { status, meter, adjustments, term } = this.#deps;
    const { outcome, mayBeApplied } = status.failed(error);
    if (mayBeApplied) {
      this.#unsettled = true;
      term.renew();
    }
    adjustments.storeAway();
    meter.round(outcome);
  }

  #planFailed(error: unknown): void {
    if (!(error instanceof LedgerMismatch)) throw error;
    const { ledger, status, meter } = this.#deps;
    ledger.close();
    status.set("corrupt", error.message);
    meter.round("corrupt");
  }

  async #commit(rounds: Rounds, plan: RoundPlan): Promise<void> {
    const { store, lease, leadership, publisher, adjustments } = this.#deps;
    if (!leadership.holds()) return;
    adjustments.attempt(rounds.adjusted);
    publisher.attempt(plan.draft.changed.keys(), positionOf(plan.next).writer);
    try {
      const outcome = await store.commit(lease, rounds.headRevision, plan);
      this.#unsettled = false;
      if (outcome.kind === "committed") this.#committed(rounds, plan, outcome.headRevision);
      else if (outcome.leader?.nonce !== lease.nonce) leadership.end("superseded", "another node leads");
      else await this.#reread("refused");
    } catch (error) {
      this.failed(error);
    }
  }

  #committed(rounds: Rounds, plan: RoundPlan, headRevision: number): void {
    const { clock, meter, roundLog, publisher, interval } = this.#deps;
    roundLog.committed(plan);
    for (const verdict of rounds.adjusted.values())
      if (verdict.kind === "done" && !verdict.duplicate) meter.adjusted(verdict.entry.action);
    if (plan.next.layout && !rounds.ledger.layout) this.#reportConversion(plan.next);
    if (plan.next.daysFrom > rounds.ledger.daysFrom) this.#reportDroppedDay(plan.next.daysFrom);
    rounds.settle(plan, headRevision, clock.monotonic());
    publisher.committed(rounds.ledger);
    interval.wrote(plan.bytes, doesImport(rounds.adjusted));
    this.#succeeded("committed", rounds, plan.bytes);
  }

  #reportConversion({ id: ledger, version }: Rounds["ledger"]): void {
    const fields = { ledger, version };
    this.#deps.logger.info("ledger converted to format 2; the release 0.1.0 can no longer read it", fields);
  }

  #reportDroppedDay(from: Hour): void {
    this.#deps.meter.droppedDay();
    const fields = { since: isoTime(startOf(from)) };
    this.#deps.logger.info("the oldest day of hits by hour was dropped; totals keep its hits", fields);
  }

  /** Reads the ledger again, because it may have moved. Replies collected before are not planned on it (L2, H36). */
  async #reread(outcome: RoundOutcome): Promise<void> {
    this.#deps.meter.round(outcome);
    this.#unsettled = false;
    await this.#deps.ledger.reread();
  }

  #succeeded(outcome: "committed" | "idle", { verdicts, markVerdicts, adjusted }: Rounds, bytes: number): void {
    this.#deps.adjustments.judge(adjusted, bytes);
    const { clock, meter, publisher, interval, stallDetector, ledger, status, space } = this.#deps;
    publisher.verdicts = verdicts;
    publisher.markVerdicts = markVerdicts;
    if (outcome === "idle") interval.wrote(0);
    meter.round(outcome);
    stallDetector.progressed(clock.monotonic());
    ledger.currentAtWall = clock.wall();
    status.set("ok", "");
    space.measure();
  }
}
