import { invariant } from "../invariant.ts";
import type { KeyedOffers, KeyedVerdicts } from "../keys/keyed_hit.ts";
import type { Batch, SourceId } from "../log/batch.ts";
import type { MarkOffers, MarkVerdicts } from "../marks/mark.ts";
import type { AdjustmentVerdict } from "./adjusting_round.ts";
import { foldBatches, type RefusedBatch } from "./batch_folding.ts";
import { auditPage, type Ledger } from "./ledger.ts";
import { LedgerDraft } from "./ledger_draft.ts";
import type { LedgerLimits } from "./ledger_size.ts";
import { contradicts, type NodeOffer } from "./loss_detection.ts";
import {
  foldByTerms,
  type PlanTerms,
  type Portion,
  type RoundTerms,
  smaller,
  TermsMaker,
  WHOLE,
} from "./plan_terms.ts";
import { type Retention, SourceTimes } from "./retention.ts";
import { PAGES } from "./totals.ts";
import { conversionOf, type Transaction, transactionOf } from "./transaction.ts";

/** A node's reply to a collect. */
export interface RoundReply {
  readonly epoch: number;
  readonly round: number;
  readonly batches: readonly Batch[];
  readonly sources: readonly SourceId[];
  /** Absent: no keyed hit waits there. */
  readonly keyed?: KeyedOffers | null;
  /** Absent: no mark waits there. */
  readonly marks?: MarkOffers | null;
  /** The node's wall clock, in milliseconds since 1970. Absent: it does not say. */
  readonly clock?: number | null;
}

/** The transaction that a round would write. */
export interface RoundPlan extends Transaction {
  readonly draft: LedgerDraft;
}

type RoundLimits = Pick<LedgerLimits, "bytes" | "log" | "days">;
type NodeReply = readonly [node: string, answer: RoundReply];

interface Attempt {
  readonly plan: RoundPlan | null;
  /** Batches that it counts. */
  readonly counted: number;
  readonly done: number;
}

/** Pages that are added up again in each round. With a round a second, each page has its turn within an hour. */
const PAGES_PER_ROUND = 2;

/**
 * A leader's rounds as a step function: `begin`, `accept` each reply, `plan`, and `settle` once the store has committed the plan. On any
 * other outcome nothing changes here. The condition on the next transaction tells whether the ledger moved; `reload` then replaces it.
 *
 * This class decides what to write. `services/leader/leader.ts` sends, waits and writes.
 */
export class Rounds {
  readonly epoch: number;
  readonly #term: { readonly writer: string };
  readonly #limits: RoundLimits;
  ledger: Ledger;
  /** Revision of `head` at which `ledger` was read or written. Invariant: each commit makes it larger. */
  headRevision: number;
  round = 0;
  /** Pages that were added up again, round by round. */
  #audited = 0;
  /** Position of the reply that is planned first, for when not all replies fit into one transaction. */
  #first = 0;
  /** The first refused batch of each log in the last plan, even if that plan came to nothing. */
  refused: readonly RefusedBatch[] = [];
  /** What the last plan says about keyed hits, by node. It holds once the plan is committed, or at once if there was nothing to write. */
  verdicts: ReadonlyMap<string, KeyedVerdicts> = new Map();
  /** The same about marks. */
  markVerdicts: ReadonlyMap<string, MarkVerdicts> = new Map();
  /** The same about adjustments, by the number of the offer. */
  adjusted: ReadonlyMap<number, AdjustmentVerdict> = new Map();
  readonly #terms: TermsMaker;
  readonly #times: SourceTimes;
  readonly #answers = new Map<string, RoundReply>();

  /** `term`: its `writer` may change between two plans. */
  constructor(
    term: { readonly epoch: number; readonly writer: string },
    ledger: Ledger,
    headRevision: number,
    limits: RoundLimits,
    retention: Retention,
    now: number,
  ) {
    this.epoch = term.epoch;
    this.#term = term;
    this.#limits = limits;
    this.ledger = ledger;
    this.headRevision = headRevision;
    this.#terms = new TermsMaker(now, limits.days);
    this.#times = new SourceTimes(retention);
    this.#times.see(ledger, now);
  }

  /** Starts the next round, forgets all replies to earlier ones, and returns its number. */
  begin(): number {
    this.#answers.clear();
    return ++this.round;
  }

  /** Takes a node's reply. False if it is to another round or another leader. */
  accept(node: string, answer: RoundReply, now: number): boolean {
    if (answer.epoch !== this.epoch || answer.round !== this.round) return false;
    this.#answers.set(node, answer);
    this.#times.heard(answer.sources, now);
    return true;
  }

  /** Number of nodes that have replied in the present round. */
  get answered(): number {
    return this.#answers.size;
  }

  /** Offers that prove that the ledger lost something (docs/protocol.md, Identity). */
  contradictions(): NodeOffer[] {
    return [...this.#answers].flatMap(([name, { batches }]) =>
      firstOfEachLog(batches)
        .filter((batch) => contradicts(batch, this.ledger))
        .map((batch) => ({ name, batch })),
    );
  }

  /** What this round must write; null if there is nothing new. Throws LedgerMismatch. */
  plan(now: number, terms: RoundTerms = {}): RoundPlan | null {
    this.#auditNextPages();
    const answers = this.#inTurn();
    const planTerms = this.#terms.make(this.ledger, answers, terms, now);
    let portion: Portion | null = WHOLE;
    let result = this.#planOf(answers, portion, now, planTerms);
    while (isTooLarge(result)) {
      portion = smaller(portion, result.counted);
      if (portion === null) break;
      result = this.#planOf(answers, portion, now, planTerms);
    }
    this.#first += result.done;
    return result.plan;
  }

  /** What writes this ledger, of format 1, in format 2. Replies wait for the next round. `seed`: see `conversionOf`. */
  convert(seed: string): RoundPlan {
    const draft = new LedgerDraft(this.ledger);
    return { ...conversionOf(draft.finish(this.epoch, this.#term.writer), seed), draft };
  }

  /** Call once the store has committed `plan`, at `headRevision`. */
  settle(plan: RoundPlan, headRevision: number, now: number): void {
    invariant(
      plan.next.version === this.ledger.version + 1,
      "a version grows by one",
      this.ledger.version,
      plan.next.version,
    );
    invariant(headRevision > this.headRevision, "the revision of head grows", this.headRevision, headRevision);
    plan.commit();
    this.#terms.committed(this.ledger, plan.next, now);
    this.reload(plan.next, headRevision, now);
  }

  /** Replaces the ledger. Replies that were accepted before are dropped: they must not be planned on this one. */
  reload(ledger: Ledger, headRevision: number, now: number): void {
    this.ledger = ledger;
    this.headRevision = headRevision;
    this.#answers.clear();
    this.#times.see(ledger, now);
  }

  /** Adds up a few pages again: totals that nobody changes must not rot unseen. */
  #auditNextPages(): void {
    for (let left = PAGES_PER_ROUND; left > 0; left--, this.#audited++) auditPage(this.ledger, this.#audited % PAGES);
  }

  /** Batches come first. */
  #planOf(answers: readonly NodeReply[], portion: Portion, now: number, terms: PlanTerms): Attempt {
    const room = this.#limits.bytes - this.ledger.totals.bytes;
    const draft = new LedgerDraft(this.ledger, room, terms.keyed ?? undefined, terms.days, terms.marks);
    const others = this.#inKeyedTurn(answers);
    const folded = this.#foldReplies(draft, answers, portion.batches);
    const verdicts = foldByTerms(draft, this.ledger, terms, others, portion.keyedBytes);
    ({ keyed: this.verdicts, marks: this.markVerdicts, adjusted: this.adjusted } = verdicts);
    return { plan: this.#finish(draft, now), ...folded };
  }

  /** Folds batches until `most` of them count. `done`: replies that had a turn; of the last one, some batches may be left. */
  #foldReplies(draft: LedgerDraft, answers: readonly NodeReply[], most: number): Omit<Attempt, "plan"> {
    const refused: RefusedBatch[] = [];
    let counted = 0;
    let done = 0;
    for (; done < answers.length && counted < most; done++) {
      const [node, { batches }] = answers[done] as NodeReply;
      counted += foldBatches(draft, node, batches, most - counted, refused);
    }
    this.refused = refused;
    return { counted, done };
  }

  #finish(draft: LedgerDraft, now: number): RoundPlan | null {
    draft.endSilent(this.#times.silent(this.ledger, now));
    for (const source of this.#times.forgettable(draft, now)) draft.prune(source);
    if (!draft.dirty) return null;
    const next = draft.finish(this.epoch, this.#term.writer);
    return { ...transactionOf(this.ledger, draft, next, this.#limits.log), draft };
  }

  /** This round's replies, beginning where the last plan ended: when not all fit, each still has its turn soon. */
  #inTurn(): NodeReply[] {
    const answers = [...this.#answers].sort(([a], [b]) => (a < b ? -1 : 1));
    const first = answers.length ? this.#first % answers.length : 0;
    return [...answers.slice(first), ...answers.slice(0, first)];
  }

  /** Another node is first in each round: when not all keyed hits fit, each still has its turn soon. */
  #inKeyedTurn(answers: readonly NodeReply[]): readonly NodeReply[] {
    const first = answers.length ? this.round % answers.length : 0;
    return [...answers.slice(first), ...answers.slice(0, first)];
  }
}

function isTooLarge({ plan }: Attempt): boolean {
  return plan !== null && !plan.fits;
}

function firstOfEachLog(batches: readonly Batch[]): Batch[] {
  const first = new Map<SourceId, Batch>();
  for (const batch of batches) if (!first.has(batch.source)) first.set(batch.source, batch);
  return [...first.values()];
}
