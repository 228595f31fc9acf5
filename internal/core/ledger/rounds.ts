import type { DayTerms } from "../days/days_draft.ts";
import { hourAt } from "../days/hour.ts";
import { invariant } from "../invariant.ts";
import type { KeyTerms } from "../keys/key_draft.ts";
import type { KeyedOffers, KeyedVerdicts } from "../keys/keyed_hit.ts";
import type { Batch, SourceId } from "../log/batch.ts";
import { sumOf } from "../log/counts.ts";
import type { MarkOffers, MarkVerdicts } from "../marks/mark.ts";
import type { MarkTerms } from "../marks/mark_draft.ts";
import { type AdjustingTerms, type AdjustmentVerdict, foldAdjustments } from "./adjusting_round.ts";
import { foldKeyed, forgetKeys, KeyedRound, type KeyedTerms, medianClock } from "./keyed_round.ts";
import { auditPage, type Ledger, watermarkOf } from "./ledger.ts";
import { type BatchVerdict, LedgerDraft } from "./ledger_draft.ts";
import { DAYS_BYTES, type LedgerLimits } from "./ledger_size.ts";
import { contradicts, type NodeOffer } from "./loss_detection.ts";
import { foldMarks, keepSecrets, type MarkedTerms, MarkRound } from "./mark_round.ts";
import { PAGES } from "./totals.ts";
import { conversionOf, MAX_TRANSACTION_BYTES, type Transaction, transactionOf } from "./transaction.ts";

/** How long and how many ended sources a ledger remembers. Times are in milliseconds on the leader's monotonic clock. */
export interface Retention {
  /** A source ends, as incomplete, if one leader has heard no holder of its log for this long. */
  readonly silence: number;
  /** An ended source is kept for at least this long after its end. */
  readonly afterEnd: number;
  /** Ended sources to keep. When there are more, complete ones are pruned first, then the oldest. */
  readonly ended: number;
}

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

/** A batch that was not counted. The rest of its log must wait for it. */
export interface RefusedBatch {
  /** Id of the node that offered it. */
  readonly node: string;
  readonly batch: Batch;
  readonly verdict: Exclude<BatchVerdict, "counted" | "covered">;
  /** In words, for the log line. */
  readonly why: string;
}

type RoundLimits = Pick<LedgerLimits, "bytes" | "log" | "days">;
type NodeReply = readonly [node: string, answer: RoundReply];

/** Null while nothing of that kind may be counted. */
interface PlanTerms {
  readonly keyed: KeyTerms | null;
  readonly days: DayTerms | null;
  readonly adjusting: AdjustingTerms | null;
  readonly marks: MarkTerms | null;
}

interface Attempt {
  readonly plan: RoundPlan | null;
  /** Batches that it counts. */
  readonly counted: number;
  readonly done: number;
}

/** Keyed hits have half of a transaction at most, and an eighth even if batches could fill all of it. */
const MAX_KEYED_BYTES = MAX_TRANSACTION_BYTES / 2;
const MIN_KEYED_BYTES = MAX_TRANSACTION_BYTES / 8;
/** Visitors always have this much, and never more. */
const MARK_BYTES = MAX_TRANSACTION_BYTES / 16;

/** What one attempt to plan a round may put into the transaction. */
interface Portion {
  /** Batches that count. */
  readonly batches: number;
  readonly keyedBytes: number;
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
  readonly #retention: Retention;
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
  readonly #keyedRound: KeyedRound;
  readonly #markRound: MarkRound;
  readonly #answers = new Map<string, RoundReply>();
  readonly #heard = new Map<SourceId, number>();
  readonly #ends = new Map<SourceId, { readonly version: number; readonly seenAt: number }>();

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
    this.#retention = retention;
    this.ledger = ledger;
    this.headRevision = headRevision;
    this.#keyedRound = new KeyedRound(now);
    this.#markRound = new MarkRound(now);
    this.#see(now);
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
    for (const source of answer.sources) this.#heard.set(source, now);
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

  /**
   * What this round must write; null if there is nothing new. `keyed`, `adjusting` and `marked` are null while no keyed hit may be counted,
   * nothing adjusted, and no visitor counted. Throws LedgerMismatch.
   */
  plan(
    now: number,
    keyed: KeyedTerms | null = null,
    adjusting: AdjustingTerms | null = null,
    marked: MarkedTerms | null = null,
  ): RoundPlan | null {
    this.#auditNextPages();
    const answers = this.#inTurn();
    const terms = {
      keyed: keyed && this.#keyedRound.termsOf(this.ledger, answers, keyed, now),
      days: keyed && this.#dayTerms(answers, keyed),
      adjusting,
      marks: marked && this.#markRound.termsOf(this.ledger, answers, marked, now),
    };
    const attempt = (portion: Portion) => this.#planOf(answers, portion, now, terms);
    let result = attempt({ batches: Number.POSITIVE_INFINITY, keyedBytes: MAX_KEYED_BYTES });
    if (isTooLarge(result)) result = attempt({ batches: Number.POSITIVE_INFINITY, keyedBytes: MIN_KEYED_BYTES });
    while (isTooLarge(result) && result.counted > 1)
      result = attempt({ batches: Math.ceil(result.counted / 2), keyedBytes: MIN_KEYED_BYTES });
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
    if (plan.next.keysForgottenTo > this.ledger.keysForgottenTo) this.#keyedRound.moved(now);
    const forgotten = plan.next.visitorsForgottenTo - this.ledger.visitorsForgottenTo;
    if (forgotten > 0) this.#markRound.moved(now, forgotten);
    this.reload(plan.next, headRevision, now);
  }

  /** Replaces the ledger. Replies that were accepted before are dropped: they must not be planned on this one. */
  reload(ledger: Ledger, headRevision: number, now: number): void {
    this.ledger = ledger;
    this.headRevision = headRevision;
    this.#answers.clear();
    this.#see(now);
  }

  /** Adds up a few pages again: totals that nobody changes must not rot unseen. */
  #auditNextPages(): void {
    for (let left = PAGES_PER_ROUND; left > 0; left--, this.#audited++) auditPage(this.ledger, this.#audited % PAGES);
  }

  /** The hour of the commit, by the clocks of leader and nodes: one that is wrong does not make a day (H56). */
  #dayTerms(answers: readonly NodeReply[], { wall, node }: KeyedTerms): DayTerms {
    return { now: hourAt(medianClock(answers, wall, node)), budget: this.#limits.days ?? DAYS_BYTES };
  }

  /** `done`: replies that had a turn; of the last one, some batches may be left. Batches come first. */
  #planOf(
    answers: readonly NodeReply[],
    { batches: most, keyedBytes }: Portion,
    now: number,
    terms: PlanTerms,
  ): Attempt {
    const room = this.#limits.bytes - this.ledger.totals.bytes;
    const draft = new LedgerDraft(this.ledger, room, terms.keyed ?? undefined, terms.days, terms.marks);
    const refused: RefusedBatch[] = [];
    let counted = 0;
    let done = 0;
    for (; done < answers.length && counted < most; done++) {
      const [node, { batches }] = answers[done] as NodeReply;
      counted += foldAll(draft, node, batches, most - counted, refused);
    }
    this.refused = refused;
    const others = this.#inKeyedTurn(answers);
    this.verdicts = terms.keyed ? foldKeyed(draft, others, keyedBytes) : new Map();
    this.markVerdicts = terms.marks ? foldMarks(draft, this.ledger.id, others, MARK_BYTES) : new Map();
    this.adjusted = terms.adjusting ? foldAdjustments(draft, this.ledger, terms.adjusting) : new Map();
    if (terms.keyed) forgetKeys(draft, this.ledger, terms.keyed);
    if (terms.marks) keepSecrets(draft, this.ledger, terms.marks);
    return { plan: this.#finish(draft, now), counted, done };
  }

  #finish(draft: LedgerDraft, now: number): RoundPlan | null {
    draft.endSilent(this.#silent(now));
    for (const source of this.#forgettable(draft, now)) draft.prune(source);
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

  #silent(now: number): SourceId[] {
    return [...this.ledger.sources.keys()].filter(
      (source) => now - (this.#heard.get(source) ?? now) >= this.#retention.silence,
    );
  }

  #forgettable(draft: LedgerDraft, now: number): SourceId[] {
    const excess = draft.ended.size - this.#retention.ended;
    if (excess <= 0) return [];
    const old = [...draft.ended].filter(
      ([source, { version }]) => now - this.#endSeenAt(source, version, now) >= this.#retention.afterEnd,
    );
    old.sort(([, a], [, b]) => Number(b.complete) - Number(a.complete) || a.version - b.version);
    return old.slice(0, excess).map(([source]) => source);
  }

  /** When this leader first saw this end. A source that came back and ended again has a new end. */
  #endSeenAt(source: SourceId, version: number, now: number): number {
    const end = this.#ends.get(source);
    return end?.version === version ? end.seenAt : now;
  }

  /** Records when this leader first saw each source and each end. Both times are measured on its own clock only. */
  #see(now: number): void {
    const { sources, ended } = this.ledger;
    for (const source of sources.keys()) if (!this.#heard.has(source)) this.#heard.set(source, now);
    for (const source of this.#heard.keys()) if (!sources.has(source)) this.#heard.delete(source);
    for (const [source, { version }] of ended)
      this.#ends.set(source, { version, seenAt: this.#endSeenAt(source, version, now) });
    for (const source of this.#ends.keys()) if (!ended.has(source)) this.#ends.delete(source);
  }
}

function isTooLarge({ plan }: Attempt): boolean {
  return plan !== null && !plan.fits;
}

/** Folds a node's batches into `draft` until `most` of them count. Adds the first refused batch of each log to `refused`. */
function foldAll(
  draft: LedgerDraft,
  node: string,
  batches: readonly Batch[],
  most: number,
  refused: RefusedBatch[],
): number {
  const blamed = new Set<SourceId>();
  let counted = 0;
  for (const batch of batches) {
    if (counted === most) break;
    const verdict = draft.fold(batch);
    if (verdict === "counted") counted++;
    if (verdict === "counted" || verdict === "covered" || blamed.has(batch.source)) continue;
    blamed.add(batch.source);
    refused.push({ node, batch, verdict, why: explain(draft, batch, verdict) });
  }
  return counted;
}

function explain(
  draft: LedgerDraft,
  { source, base, from, to, counts, firstOffer }: Batch,
  verdict: RefusedBatch["verdict"],
): string {
  const offered = `the log was first offered to version ${firstOffer.version} of ledger ${firstOffer.id}`;
  if (verdict === "foreign") return `${offered}, which is another ledger`;
  if (verdict === "indeterminate") return `${offered}, which has forgotten sources up to version ${draft.prunedTo}`;
  if (verdict === "unconverted")
    return "a counter's name has a /, and the ledger has format 1 until all nodes are upgraded";
  if (verdict === "malformed") return `hits ${from} to ${to} are ${to - from}, its counts sum to ${sumOf(counts)}`;
  return `hits ${from} to ${to} are offered, the ledger has them up to ${watermarkOf(draft, source) ?? base}`;
}

function firstOfEachLog(batches: readonly Batch[]): Batch[] {
  const first = new Map<SourceId, Batch>();
  for (const batch of batches) if (!first.has(batch.source)) first.set(batch.source, batch);
  return [...first.values()];
}
