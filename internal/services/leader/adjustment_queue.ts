import type { KeyId } from "../../core/keys/idempotency_key.ts";
import type { AdjustingTerms, AdjustmentOffer, AdjustmentVerdict } from "../../core/ledger/adjusting_round.ts";
import type { Adjustment, AuditEntry } from "../../core/ledger/adjustment.ts";
import {
  AUDIT_NAMES,
  auditName,
  auditRange,
  auditRecordIn,
  contentOfChange,
  decodeAuditEntry,
} from "../../core/ledger/audit_entries.ts";
import { AUDIT_LIMITS, type AuditLimits, type AuditRecord, isOver } from "../../core/ledger/audit_state.ts";
import { UnreadableLedger } from "../../core/ledger/entry_fields.ts";
import type { Ledger } from "../../core/ledger/ledger.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import type { AdjustmentOutcome } from "../../ports/adjusting.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { type Store, StoreError } from "../../ports/store.ts";

/** An adjustment is answered after this time, whatever is known by then. */
const DEADLINE_MS = 10_000;
/** Adjustments that wait at a leader. */
const MAX_WAITING = 1_000;
/** Adjustments in one round: each is an entry of its own, and a transaction has 128 operations. */
const MAX_IN_ROUND = 16;
/** Lines of imports in one round. */
const MAX_LINES_IN_ROUND = 2_000;
/** Bytes of the oldest entries that are read when some must be pruned: more than one round adds. */
const PRUNED_BYTES = 128_000;

export interface AdjustmentQueueDeps {
  readonly clock: Clock;
  readonly store: Pick<Store, "scan">;
  readonly limits: LedgerLimits;
  /** Default: AUDIT_LIMITS. */
  readonly audit?: AuditLimits | undefined;
  /** Bytes per second that rounds with parts of imports may write. */
  readonly importBudget: number;
  /** Called when a part of an import waits. */
  readonly importWaits: () => void;
  readonly logger: Logger;
  /** Whether the store has space for new counters. */
  readonly space: { readonly admitsCounters: boolean };
}

interface Waiting extends AdjustmentOffer {
  /** Whether a transaction that does it was sent to the store. */
  attempted: boolean;
  readonly cancelDeadline: Cancel;
  readonly resolve: (outcome: AdjustmentOutcome) => void;
}

/**
 * The adjustments that wait at a leader (docs/protocol.md, Adjustments).
 *
 * - A1 Before each plan, the keys of its adjustments are looked up in the store. The plan depends on a `head` that was read before, so a
 *   transaction that did one of them since makes the plan fail.
 * - A2 A verdict is told once the store has committed the round, or once it is known that there was nothing to write.
 */
export class AdjustmentQueue {
  readonly #deps: AdjustmentQueueDeps;
  readonly #waiting = new Map<number, Waiting>();
  #numbers = 0;
  /** Monotonic milliseconds from which on imports may be written again. */
  #importsFrom = Number.NEGATIVE_INFINITY;
  /** When the round took its imports. */
  #tookAt = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(deps: AdjustmentQueueDeps) {
    this.#deps = deps;
  }

  /** Resolves when a round has done it or refused it, when it is found to be done, or after ten seconds. */
  async add(adjustment: Adjustment): Promise<AdjustmentOutcome> {
    if (adjustment.change.action === "import") {
      const entry = await this.#doneBefore(adjustment);
      if (entry) return { done: true, duplicate: true, entry };
    }
    if (this.#ended) return { done: false, reason: "no-leader" };
    if (this.#waiting.size >= MAX_WAITING) return { done: false, reason: "too-many-waiting" };
    const number = ++this.#numbers;
    return new Promise((resolve) => {
      const cancelDeadline = this.#deps.clock.after(DEADLINE_MS, () => this.#giveUp(number));
      this.#waiting.set(number, { number, adjustment, attempted: false, cancelDeadline, resolve });
      if (adjustment.change.action === "import") this.#deps.importWaits();
    });
  }

  /** When the next part of an import may be written, in monotonic milliseconds; null: none waits. */
  get importAt(): number | null {
    for (const { adjustment } of this.#waiting.values())
      if (adjustment.change.action === "import") return this.#importsFrom;
    return null;
  }

  /** What the next plan needs; null: nothing waits, or the store could not be asked. */
  async prepare(ledger: Ledger): Promise<AdjustingTerms | null> {
    this.#tookAt = this.#deps.clock.monotonic();
    const offers = this.#next();
    if (offers.length === 0) return null;
    const { clock, limits, audit = AUDIT_LIMITS } = this.#deps;
    try {
      const known = await this.#known(offers.map(({ adjustment }) => adjustment.key));
      const oldest = isOver(ledger.audit, audit) ? await this.#oldest() : [];
      const room = this.#roomIn(ledger);
      return { offers, known, oldest, limits: audit, wall: clock.wall(), room, reserved: limits.reserved };
    } catch (error) {
      // The round's own transaction shows what is wrong with the store.
      if (error instanceof StoreError) return null;
      if (!(error instanceof UnreadableLedger)) throw error;
      this.#deps.logger.error("an adjustment cannot be looked up; it is not done", { error: error.message });
      for (const { number } of offers) this.#end(number, NOT_ANSWERED);
      return null;
    }
  }

  /** Call when the plan is made: offers that were answered since `prepare` were told that they are not done. */
  stillWaiting(terms: AdjustingTerms): AdjustingTerms {
    return { ...terms, offers: terms.offers.filter(({ number }) => this.#waiting.has(number)) };
  }

  /** Call before a transaction with these verdicts is sent to the store. */
  attempt(verdicts: ReadonlyMap<number, AdjustmentVerdict>): void {
    for (const [number, verdict] of verdicts) {
      const waiting = this.#waiting.get(number);
      if (waiting && verdict.kind === "done") waiting.attempted = true;
    }
  }

  /** The transaction with these verdicts was committed. It had `bytes` bytes; 0: there was nothing to write. */
  judge(verdicts: ReadonlyMap<number, AdjustmentVerdict>, bytes: number): void {
    if (doesImport(verdicts)) this.#importsFrom = this.#tookAt + (bytes * 1_000) / this.#deps.importBudget;
    for (const [number, verdict] of verdicts) this.#end(number, outcomeOf(verdict));
  }

  /** The store takes no commits: nothing that was not sent to it is done. */
  storeAway(): void {
    for (const { number, attempted } of this.#waiting.values())
      if (!attempted) this.#end(number, { done: false, reason: "store-away" });
  }

  /** This leadership is over. */
  end(): void {
    this.#ended = true;
    for (const { number, attempted } of this.#waiting.values())
      this.#end(number, attempted ? NOT_ANSWERED : { done: false, reason: "no-leader" });
  }

  /** The offers that the next round takes, in their order. */
  #next(): AdjustmentOffer[] {
    const offers: AdjustmentOffer[] = [];
    const importing = this.#tookAt >= this.#importsFrom;
    let lines = 0;
    for (const offer of this.#waiting.values()) {
      const { change } = offer.adjustment;
      if (offers.length === MAX_IN_ROUND) break;
      if (change.action === "import") {
        if (!importing || lines + change.lines.length > MAX_LINES_IN_ROUND) continue;
        lines += change.lines.length;
      }
      offers.push(offer);
    }
    return offers;
  }

  async #known(keys: readonly KeyId[]): Promise<Map<KeyId, AuditEntry>> {
    const found = await Promise.all([...new Set(keys)].map((key) => this.#lookUp(key)));
    return new Map(found.flatMap((entry) => (entry ? [[entry.key, entry]] : [])));
  }

  /**
   * The entry of a part that was done before. An entry says so for good, so no round need say it again: an import that is sent again after its
   * middle has hundreds of such parts. Null: it is not there, or a round shall say what is wrong with it. Before the first round of a leadership
   * nobody has judged whether the store has the ledger that nodes know.
   */
  async #doneBefore({ key, change }: Adjustment): Promise<AuditEntry | null> {
    if (this.#tookAt === Number.NEGATIVE_INFINITY) return null;
    try {
      const entry = await this.#lookUp(key);
      return entry?.content === contentOfChange(change) ? entry : null;
    } catch (error) {
      if (error instanceof StoreError || error instanceof UnreadableLedger) return null;
      throw error;
    }
  }

  async #lookUp(key: KeyId): Promise<AuditEntry | null> {
    const { entries } = await this.#deps.store.scan(auditRange(key), 1);
    const bytes = entries.get(auditName(key));
    return bytes ? decodeAuditEntry(auditName(key), bytes) : null;
  }

  async #oldest(): Promise<AuditRecord[]> {
    const { entries } = await this.#deps.store.scan(AUDIT_NAMES, PRUNED_BYTES);
    return Array.from(entries, ([name, bytes]) => auditRecordIn(name, bytes));
  }

  #roomIn({ totals }: Ledger): number {
    const { limits, space } = this.#deps;
    if (!space.admitsCounters) return 0;
    const absent = [...limits.reserved].filter((name) => !totals.has(name));
    return limits.counters - totals.size - absent.length;
  }

  #giveUp(number: number): void {
    const attempted = this.#waiting.get(number)?.attempted;
    this.#end(number, attempted ? NOT_ANSWERED : { done: false, reason: "not-answered" });
  }

  #end(number: number, outcome: AdjustmentOutcome): void {
    const waiting = this.#waiting.get(number);
    if (!waiting) return;
    this.#waiting.delete(number);
    waiting.cancelDeadline();
    waiting.resolve(outcome);
  }
}

/** Whether a transaction with these verdicts does a part of an import. */
export function doesImport(verdicts: ReadonlyMap<number, AdjustmentVerdict>): boolean {
  return [...verdicts.values()].some(
    (verdict) => verdict.kind === "done" && verdict.entry.action === "import" && !verdict.duplicate,
  );
}

const NOT_ANSWERED = { done: "unknown", reason: "not-answered" } as const;

function outcomeOf(verdict: AdjustmentVerdict): AdjustmentOutcome {
  switch (verdict.kind) {
    case "done":
      return { done: true, duplicate: verdict.duplicate, entry: verdict.entry };
    case "generation":
      return { done: false, reason: "generation", generation: verdict.generation };
    case "too-large":
      return { done: false, reason: "too-large", counter: verdict.counter, line: verdict.line };
    case "expired":
      return { done: "unknown", reason: "expired" };
    default:
      return { done: false, reason: verdict.kind };
  }
}
