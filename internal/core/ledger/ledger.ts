import type { Hour } from "../days/hour.ts";
import { KeptDays } from "../days/kept_days.ts";
import { KeptKeys } from "../keys/kept_keys.ts";
import type { Links } from "../links/links.ts";
import type { LedgerPosition, SourceId } from "../log/batch.ts";
import { KeptMarks } from "../marks/kept_marks.ts";
import { type AuditState, NO_AUDIT } from "./audit_state.ts";
import type { Layout } from "./folding.ts";
import type { Adoption } from "./snapshot.ts";
import { pageOfSection, sectionsOf, Totals } from "./totals.ts";

/**
 * The content of the store: totals, and for each source how much of its log is in them.
 *
 * Invariant: sum of all totals = sum of all watermarks + prunedSum + keyedSum + adjustedSum (see `audit`). No source is both in `sources`
 * and in `ended`.
 */
export interface Ledger {
  readonly id: string;
  /** Number of transactions that wrote this ledger. Invariant: each one adds 1. */
  readonly version: number;
  /** Epoch of the leader that wrote this version. */
  readonly epoch: number;
  /** Sum of the pruned sources' watermarks, less the bases of rebased sources. May be negative. */
  readonly prunedSum: bigint;
  /** Highest version in which a source that is now pruned had ended. Invariant: only grows (docs/protocol.md, End). */
  readonly prunedTo: number;
  /** Oldest first. */
  readonly adoptions: readonly Adoption[];
  /** The latest terms, newest last: which leader wrote which versions. */
  readonly terms: readonly Term[];
  /** Sum of the hits that came with a key or by a mark, and not in a log. */
  readonly keyedSum: bigint;
  /** Sum of what people set, reset, deleted and imported. May be negative. */
  readonly adjustedSum: bigint;
  /** The adjustments that are kept. */
  readonly audit: AuditState;
  /** Where `GET /go/{counter}` leads. */
  readonly links: Links;
  /** The version that changed `links` last; 0: none ever did. */
  readonly linksVersion: number;
  /** Keys at or before this time are forgotten: Unix milliseconds. 0: no key was ever counted. Invariant: only grows. */
  readonly keysForgottenTo: number;
  /** The keys that are not forgotten. All versions of a ledger share one object, as with `totals`. */
  readonly keys: KeptKeys;
  /** Number of entries in the store that have keys. One that is missing would let its keys count again. */
  readonly keyEntries: number;
  /** Periods that were over at this time are forgotten, with their visitors: Unix milliseconds. 0: none was counted. Invariant: only grows. */
  readonly visitorsForgottenTo: number;
  /** The marks of visitors that are not forgotten, and the secrets of days. All versions of a ledger share one object. */
  readonly marks: KeptMarks;
  /** Number of marks in the store. A mark that is missing would let its visitor count again. */
  readonly marksKept: number;
  /** Committed totals. All versions of a ledger share one object, which changes when the next version is committed. */
  readonly totals: Totals;
  /** Hits by hour: format 2 only. All versions of a ledger share one object, as with `totals`. */
  readonly days: KeptDays;
  /** Hours before this one are dropped. Invariant: only grows. */
  readonly daysFrom: Hour;
  /** How the store holds it in pages and rounds; null in format 1, which has neither. */
  readonly layout: Layout | null;
  /** Watermarks of live sources: hits of each log that are in the totals. */
  readonly sources: Map<SourceId, number>;
  /** Sources that ended and are not pruned yet, oldest end first. */
  readonly ended: Map<SourceId, EndedSource>;
}

/** One leadership: it wrote the versions from `from` up to the next term's. */
export interface Term {
  /** Random id of the leadership. */
  readonly writer: string;
  readonly from: number;
}

export interface EndedSource {
  readonly watermark: number;
  /** True: its holder said that nothing follows. False: nobody who holds it was heard for too long. */
  readonly complete: boolean;
  /** Version in which it ended. */
  readonly version: number;
}

/** A new ledger, with no hits. */
export function emptyLedger(id: string, adoptions: readonly Adoption[] = []): Ledger {
  const totals = new Totals();
  return {
    id,
    version: 0,
    epoch: 0,
    prunedSum: 0n,
    prunedTo: 0,
    keys: new KeptKeys(),
    keyEntries: 0,
    visitorsForgottenTo: 0,
    marks: new KeptMarks(),
    marksKept: 0,
    adoptions,
    terms: [],
    keyedSum: 0n,
    adjustedSum: 0n,
    audit: NO_AUDIT,
    links: new Map(),
    linksVersion: 0,
    keysForgottenTo: 0,
    totals,
    days: daysOf(totals),
    daysFrom: 0,
    layout: null,
    sources: new Map(),
    ended: new Map(),
  };
}

/** No hits by hour yet, in the pages of `totals`. */
export function daysOf(totals: Totals): KeptDays {
  return new KeptDays((counter) => totals.pageOf(counter));
}

/** A source's watermark, live or ended; undefined if the ledger does not know the source. */
export function watermarkOf(
  { sources, ended }: Pick<Ledger, "sources" | "ended">,
  source: SourceId,
): number | undefined {
  return sources.get(source) ?? ended.get(source)?.watermark;
}

/** The position that identifies this version of the ledger. */
export function positionOf(ledger: Ledger): LedgerPosition {
  return { id: ledger.id, version: ledger.version, writer: ledger.terms.at(-1)?.writer ?? "" };
}

/** Terms kept. Nodes that saw a version of any of these recognise a restored store. */
const KEPT_TERMS = 32;

/** `terms`, with the term `writer` added from `version` on, unless it is the newest already. */
export function withTerm(terms: readonly Term[], writer: string, version: number): readonly Term[] {
  if (terms.at(-1)?.writer === writer) return terms;
  return [...terms, { writer, from: version }].slice(-KEPT_TERMS);
}

/** The term that wrote `version`; undefined if its term is no longer kept, or nobody has written it yet. */
export function writerOf(ledger: Ledger, version: number): string | undefined {
  if (version > ledger.version) return undefined;
  return ledger.terms.findLast(({ from }) => from <= version)?.writer;
}

/** Sum of all totals, over counters and regions. */
export function totalOf(totals: Iterable<ReadonlyMap<string, bigint>>): bigint {
  let sum = 0n;
  for (const regions of totals) for (const total of regions.values()) sum += total;
  return sum;
}

/** Adds up every page, and checks the ledger's one equation. Throws LedgerMismatch. Such a ledger must not be written. */
export function audit(ledger: Ledger): void {
  for (const page of ledger.totals.pages()) auditPage(ledger, page);
  auditSum(ledger, ledger.totals.sum);
}

/** Audits all sections of a page. Throws LedgerMismatch. */
export function auditPage(ledger: Ledger, page: number): void {
  for (const section of sectionsOf(page)) auditSection(ledger, section);
}

/** Compares the sum that was kept of a section with its totals. Throws LedgerMismatch if one of them changed by itself. */
export function auditSection({ id, version, totals }: Ledger, section: number): void {
  const [total, expected] = [totals.addUp(section), totals.sumOf(section)];
  if (total !== expected)
    throw new LedgerMismatch(
      `ledger ${id} version ${version} does not add up: the totals of page ${pageOfSection(section)}, section ${section}, sum to ${total}, and it was ${expected}`,
    );
}

/** Checks the ledger's one equation with `total` as the sum of its totals. Throws LedgerMismatch. */
export function auditSum(ledger: Omit<Ledger, "totals">, total: bigint): void {
  let expected = ledger.prunedSum + ledger.keyedSum + ledger.adjustedSum;
  for (const watermark of ledger.sources.values()) expected += BigInt(watermark);
  for (const { watermark } of ledger.ended.values()) expected += BigInt(watermark);
  if (total !== expected)
    throw new LedgerMismatch(
      `ledger ${ledger.id} version ${ledger.version} does not add up: its totals sum to ${total}, its watermarks and other sums to ${expected}`,
    );
}

/** A ledger whose totals differ from what its sources contributed. */
export class LedgerMismatch extends Error {
  override readonly name = "LedgerMismatch";
}
