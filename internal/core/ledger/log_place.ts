import type { LedgerRef } from "../log/batch.ts";

/** What a ledger has of one log under its present id, and what it forgot of others. */
export interface LedgerFacts {
  readonly id: string;
  readonly prunedTo: number;
  /** Up to where it has the log; undefined when it does not know it. */
  readonly watermark: number | undefined;
}

/**
 * The offset at which a ledger goes on with a log, or why it cannot say one (docs/protocol.md, Place). Leaders and holders both ask this
 * function: if they judged by different facts, a holder would wait for a count that no leader makes.
 *
 * - `foreign`: the log was offered to another ledger
 * - `indeterminate`: absent is not zero: the ledger forgot sources since the log was first offered, perhaps this one
 */
export function placeOf(
  { base, firstOffer }: { readonly base: number; readonly firstOffer: LedgerRef },
  { id, prunedTo, watermark }: LedgerFacts,
): number | "foreign" | "indeterminate" {
  if (firstOffer.id !== id) return "foreign";
  if (watermark === undefined && firstOffer.version < prunedTo) return "indeterminate";
  return watermark ?? base;
}
