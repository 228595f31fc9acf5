import type { LedgerPosition, SourceId } from "../log/batch.ts";
import type { Adoption } from "./snapshot.ts";

/** What the store holds: what every source has contributed, and how far. */
export interface Ledger {
  readonly id: string;
  /** How many transactions this ledger has seen. */
  readonly version: number;
  /** Epoch of the leader that wrote it. */
  readonly epoch: number;
  /** What left with pruned sources, less the bases of rebased ones: totals = watermarks + this. */
  readonly prunedSum: bigint;
  /** Highest version that the ending transaction of a pruned source wrote (a running maximum; docs/protocol.md, End). */
  readonly prunedTo: number;
  /** Oldest first. */
  readonly adoptions: readonly Adoption[];
  /** Who wrote which versions, newest last; only the latest terms are kept. */
  readonly terms: readonly Term[];
  readonly totals: Map<string, Map<string, bigint>>;
  /** Watermarks of sources that may go on. */
  readonly sources: Map<SourceId, number>;
  /** Sources that ended, oldest end first. */
  readonly ended: Map<SourceId, EndedSource>;
}

/** From version `from` on, until the next term, one leader wrote the ledger. */
export interface Term {
  /** Random, one per leadership. */
  readonly writer: string;
  readonly from: number;
}

export interface EndedSource {
  readonly watermark: number;
  /** Its holder said that nothing follows; otherwise it was silent for too long. */
  readonly complete: boolean;
  /** Version that the transaction wrote that ended it. */
  readonly version: number;
}

/** A ledger that has counted nothing yet. */
export function emptyLedger(id: string, adoptions: readonly Adoption[] = []): Ledger {
  return {
    id,
    version: 0,
    epoch: 0,
    prunedSum: 0n,
    prunedTo: 0,
    adoptions,
    terms: [],
    totals: new Map(),
    sources: new Map(),
    ended: new Map(),
  };
}

/** Up to where a ledger has a source's log; undefined when it does not know the source. */
export function watermarkOf(
  { sources, ended }: Pick<Ledger, "sources" | "ended">,
  source: SourceId,
): number | undefined {
  return sources.get(source) ?? ended.get(source)?.watermark;
}

/** The ledger at its version. */
export function positionOf(ledger: Ledger): LedgerPosition {
  return { id: ledger.id, version: ledger.version, writer: ledger.terms.at(-1)?.writer ?? "" };
}

/** Terms that are remembered: a store that was restored is recognised by nodes that saw any of these. */
const KEPT_TERMS = 32;

/** The terms after `writer` wrote `version`. */
export function withTerm(terms: readonly Term[], writer: string, version: number): readonly Term[] {
  if (terms.at(-1)?.writer === writer) return terms;
  return [...terms, { writer, from: version }].slice(-KEPT_TERMS);
}

/** Who wrote `version`, or undefined when that is no longer remembered, or has not happened. */
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

/**
 * Checks the ledger's one equation: sum of all totals = sum of all watermarks + what left with pruned sources.
 * Throws LedgerMismatch; whoever would write such a ledger must not.
 */
export function audit(ledger: Ledger): void {
  let expected = ledger.prunedSum;
  for (const watermark of ledger.sources.values()) expected += BigInt(watermark);
  for (const { watermark } of ledger.ended.values()) expected += BigInt(watermark);
  const total = totalOf(ledger.totals.values());
  if (total !== expected) throw new LedgerMismatch(ledger, total, expected);
}

export class LedgerMismatch extends Error {
  override readonly name = "LedgerMismatch";
  constructor(ledger: Ledger, total: bigint, expected: bigint) {
    super(
      `ledger ${ledger.id} version ${ledger.version} does not add up: its totals sum to ${total}, its watermarks and pruned sources to ${expected}`,
    );
  }
}
