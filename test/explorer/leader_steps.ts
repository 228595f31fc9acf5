import { timeOfKey } from "../../internal/core/keys/idempotency_key.ts";
import type { KeyedVerdicts } from "../../internal/core/keys/keyed_hit.ts";
import type { AdjustmentVerdict } from "../../internal/core/ledger/adjusting_round.ts";
import type { AdjustmentChange } from "../../internal/core/ledger/adjustment.ts";
import { audit, emptyLedger, type Ledger, withTerm } from "../../internal/core/ledger/ledger.ts";
import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import {
  isAheadOf,
  type LedgerStatus,
  ledgerStatus,
  mayJoin,
  type NodeKnowledge,
  type NodeOffer,
} from "../../internal/core/ledger/loss_detection.ts";
import type { Retention } from "../../internal/core/ledger/retention.ts";
import { type RoundReply, Rounds } from "../../internal/core/ledger/rounds.ts";
import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import { conversionOf } from "../../internal/core/ledger/transaction.ts";
import type { MarkVerdicts } from "../../internal/core/marks/mark.ts";
import type { CollectReply } from "../../internal/ports/peers.ts";
import { adoptionOf } from "../../internal/services/adoption/adoption.ts";
import { decodeLossRecord, encodeLossRecord } from "../../internal/services/adoption/loss_record.ts";
import { KeptChanges } from "../../internal/services/leader/kept_changes.ts";
import { type LedgerEvidence, lossRecordOf } from "../../internal/services/leader/ledger_access.ts";
import { Publisher } from "../../internal/services/leader/publisher.ts";
import { entriesAfter } from "../ports/store/entries.ts";
import { NO_CHANGE, toldNode } from "../services/leader/told_node.ts";
import { type Ask, adjustingTerms, keyOfAudit, takenAway } from "./adjusting.ts";
import { type HitSet, namesOf, totalsIn } from "./hit_names.ts";
import { keyedTerms } from "./keyed.ts";
import { canonical, Violation } from "./parts.ts";
import { keyOfMarks, markedTerms, secretOf, type VisitTimes } from "./visitors.ts";

/** A ledger as it lies in the store, and as it is read from there. */
export interface StoredLedger {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  readonly ledger: Ledger;
  /** Hits that are in its totals. */
  readonly present: HitSet;
  /** These, and those that were reset or deleted after they were counted. */
  readonly counted: HitSet;
}

/** What a node answered, and when: now, or to an earlier round. */
export interface HeardAnswer {
  readonly node: number;
  readonly answer: CollectReply;
  readonly stale: boolean;
}

const LIMITS = { counters: 10_000, bytes: 1 << 20, reserved: new Set<string>() };
/** An hour is ten ticks: the leader opens its rounds at 0, answers come at 1, and it plans at 1, or an hour after it began. */
const HOUR = 10;

/** Ids count down, so that an older ledger has the greater one. */
export function ledgerId(ledgers: number): string {
  return (0xff - ledgers).toString(16).padStart(16, "0");
}

/** A ledger of format 2 as it is created, and converted at once. Follows `LedgerAccess.#create` and `Rounds.convert`. */
export function firstLedger(id: string, epoch: number): StoredLedger {
  const created = { ...emptyLedger(id), version: 1, epoch, terms: withTerm([], writerOf(epoch), 1) };
  return stored(entriesAfter(new Map(), conversionOf(created, id)));
}

/** A store that has no ledger. */
export const WIPED: StoredLedger = { entries: new Map(), ledger: emptyLedger(""), present: 0, counted: 0 };

/** Equal for ledgers that say the same, whatever the order of their maps. The order of `gone` is a part of what it says. */
export function keyOfLedger({ ledger }: Pick<StoredLedger, "ledger">): string {
  const keys = [...ledger.keys].filter(([key]) => timeOfKey(key) > ledger.keysForgottenTo).sort();
  const { marks: _, ...rest } = ledger;
  return (
    canonical({ ...rest, keys, totals: sorted(ledger.totals), sources: sorted(ledger.sources) }) + keyOfMarks(ledger)
  );
}

export function keyOfStored(stored: StoredLedger): string {
  return keyOfLedger(stored) + keyOfAudit(stored.entries);
}

/**
 * What a leader at `ledger` would put in the store after `answers`, by the real rounds; null when there is nothing to write, and
 * "outdated" when a node has seen a newer version (`Leader.#isOutdated`).
 */
export function planned(
  from: StoredLedger,
  epoch: number,
  answers: readonly HeardAnswer[],
  nodes: readonly NodeKnowledge[],
  plan: PlanTerms,
): Planned | "outdated" {
  const retention = { silence: HOUR, afterEnd: HOUR, ended: plan.remembered };
  const rounds = roundsOn(from, epoch, retention);
  const round = rounds.begin();
  if (nodes.some(({ known }) => known && isAheadOf(known, from.ledger))) return "outdated";
  for (const { node, answer, stale } of answers) {
    const heard: RoundReply = { ...answer, epoch, round: stale ? round - 1 : round };
    const { known } = answer;
    if (rounds.accept(String(node), heard, 1) && known && isAheadOf(known, from.ledger)) return "outdated";
  }
  if (rounds.contradictions().length > 0) return "outdated";
  const { asks, adjust, lookedUp, auditEntries } = plan;
  const adjusting = asks.length > 0 ? adjustingTerms(asks, adjust, rounds.ledger, lookedUp, auditEntries) : null;
  const keyed = plan.keyed ? keyedTerms(plan.anHourLater) : null;
  const secret = secretOf(epoch, from.ledger.version);
  const marked = plan.visitTimes ? markedTerms(plan.visitTimes, plan.anHourLater, secret) : null;
  const next = rounds.plan(plan.anHourLater ? HOUR : 1, { keyed, adjusting, marked });
  const { verdicts, markVerdicts, adjusted } = rounds;
  if (!next) return { next: null, verdicts, markVerdicts, adjusted };
  const written = stored(entriesAfter(from.entries, next));
  rounds.settle(next, 2, 1);
  if (keyOfLedger(rounds) !== keyOfLedger(written)) throw new Violation("a leader holds another ledger than it wrote");
  return { next: written, verdicts, markVerdicts, adjusted };
}

/** What a plan depends on besides answers. */
export interface PlanTerms {
  readonly anHourLater: boolean;
  readonly remembered: number;
  readonly keyed: boolean;
  /** Null: no visitor comes. */
  readonly visitTimes: VisitTimes | null;
  /** Adjustments that wait. */
  readonly asks: readonly Ask[];
  readonly adjust: readonly AdjustmentChange[];
  /** The store as the leader looks their keys up. */
  readonly lookedUp: ReadonlyMap<string, Uint8Array>;
  readonly auditEntries: number;
}

/** What a round writes; null: nothing. And what it says of requests with a key, by node, once that is committed. */
export interface Planned {
  readonly next: StoredLedger | null;
  readonly verdicts: ReadonlyMap<string, KeyedVerdicts>;
  /** The same of marks. */
  readonly markVerdicts: ReadonlyMap<string, MarkVerdicts>;
  /** Verdicts about adjustments, by their places among those that wait, from 1. */
  readonly adjusted: ReadonlyMap<number, AdjustmentVerdict>;
}

/** What a round says to one node. */
export interface NodeVerdicts {
  readonly keyed?: KeyedVerdicts | undefined;
  readonly marks?: MarkVerdicts | undefined;
}

/** What a leader makes of the ledger that it reads from the store. Follows `LedgerAccess.open`. */
export interface Access {
  readonly kind: LedgerStatus["kind"];
  /** What it records of a loss, or of nodes that know another ledger; null: nothing. */
  readonly record: string | null;
}

/** `answers`: those that made the leader read the ledger again. */
export function accessTo(
  store: StoredLedger,
  { nodes, lineage }: Pick<LedgerEvidence, "nodes" | "lineage">,
  answers: readonly HeardAnswer[],
): Access {
  const ledger = store === WIPED ? null : store.ledger;
  const { kind } = ledgerStatus(ledger, nodes, true, answers.flatMap(firstOffers));
  const isForeign = ledger !== null && nodes.some(({ known }) => !mayJoin(known, ledger));
  const evidence = { nodes, lineage, seen: () => null };
  return { kind, record: kind === "lost" || isForeign ? encodeLossRecord(lossRecordOf(evidence)) : null };
}

function firstOffers({ node, answer }: HeardAnswer): NodeOffer[] {
  const first = new Map([...answer.batches].reverse().map((batch) => [batch.source, batch]));
  return [...first.values()].map((batch) => ({ name: String(node), batch }));
}

/** What a store holds after a person adopted what it has, as ledger `newId`. Throws Violation if there is nothing to adopt. */
export function adopted(from: StoredLedger, lost: string, newId: string): StoredLedger {
  const record = decodeLossRecord(new TextEncoder().encode(lost));
  return stored(entriesAfter(from.entries, adoptionOf(decodeLedger(from.entries), record, newId)));
}

/** What a leader at `ledger` tells a node whose last word listed `sources`, by the real publishing. */
export function publicationFor(
  from: StoredLedger,
  sources: readonly string[],
  { keyed, marks }: NodeVerdicts = {},
): Publication {
  const { follower, told } = toldNode("A", sources);
  const rounds = roundsOn(from, 1, { silence: HOUR, afterEnd: HOUR, ended: 0 });
  const publisher = new Publisher(LIMITS, new KeptChanges());
  publisher.keyed = { forgottenTo: from.ledger.keysForgottenTo, waitsFor: [] };
  if (keyed) publisher.verdicts = new Map([["A", keyed]]);
  if (marks) publisher.markVerdicts = new Map([["A", marks]]);
  publisher.publishTo(NO_CHANGE, rounds, follower, 1);
  const [publication] = told;
  if (!publication) throw new Violation("a node was told nothing");
  return publication;
}

export function writerOf(epoch: number): string {
  return `leader-${epoch}`;
}

/** The leader's own copy: `settle` changes it. */
function roundsOn({ entries }: StoredLedger, epoch: number, retention: Retention): Rounds {
  const own = decodeLedger(entries);
  if (!own) throw new Violation("there is no ledger in the store");
  return new Rounds({ epoch, writer: writerOf(epoch) }, own, 1, LIMITS, retention, 0);
}

/** Read as `LedgerAccess.open` reads it. Throws LedgerMismatch, or Violation when a hit is in it twice. */
function stored(entries: ReadonlyMap<string, Uint8Array>): StoredLedger {
  const ledger = decodeLedger(entries);
  if (!ledger) throw new Violation("there is no ledger in the store");
  audit(ledger);
  const [present, taken] = [totalsIn(ledger), takenAway(entries)];
  if (present & taken) throw new Violation(`counted again after it was taken away: ${namesOf(present & taken)}`);
  return { entries, ledger, present, counted: present | taken };
}

function sorted<T>(map: Iterable<[string, T]>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
