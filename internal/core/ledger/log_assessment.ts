import { fnv1a64 } from "../hash.ts";
import type { LedgerRef } from "../log/batch.ts";
import type { SourceLog } from "../log/source_log.ts";
import { placeOf } from "./log_place.ts";
import type { Adoption, LedgerChange, ShownWatermark } from "./snapshot.ts";

/** What a snapshot means for a log that is held here. */
export type Assessment =
  /** The log goes on; first drop what the watermark covers. */
  | { readonly kind: "current" }
  /** The ledger was adopted after this log was offered to an earlier one: go on under this id and note (docs/protocol.md, Rebase). */
  | { readonly kind: "rebase"; readonly id: string; readonly firstOffer: LedgerRef }
  /** The ledger forgot enough that nobody can tell whether it counted this log (docs/protocol.md, First offer). */
  | { readonly kind: "indeterminate" }
  /** The log was offered to a ledger that this one does not follow, or not in a way that anybody remembers. */
  | { readonly kind: "foreign" };

/**
 * Judges a held log by a snapshot that mentions it. A log that noted nothing was never offered: nothing can be wrong with it. `shown` is of
 * its present id; `highest`: the highest watermark that the ledger has of it under any of its ids, null if it has none.
 */
export function assess(
  log: SourceLog,
  { ledger, prunedTo, adoptions }: Pick<LedgerChange, "ledger" | "prunedTo" | "adoptions">,
  shown: ShownWatermark,
  highest = shown.watermark,
): Assessment {
  const { base, firstOffer } = log;
  if (firstOffer === null) return { kind: "current" };
  const place = placeOf({ base, firstOffer }, { id: ledger.id, prunedTo, watermark: shown.watermark ?? undefined });
  if (place !== "foreign") return { kind: place === "indeterminate" ? place : "current" };
  const adoption = adoptionOf(adoptions, firstOffer.id);
  if (!adoption?.clean) return { kind: "foreign" };
  if (highest === null && firstOffer.version < prunedTo) return { kind: "indeterminate" };
  return {
    kind: "rebase",
    id: rebasedId(log.ids[0]!, adoption),
    firstOffer: { id: adoption.next, version: adoption.version },
  };
}

/**
 * The id that a log goes on under. It is derived from its first one, so that two carriers of one log, by whatever way they came, or one
 * that crashes half-way, arrive at the same; and
 * its note has the adoption's version, not today's, so that a carrier who comes late is not taken for a new source.
 */
export function rebasedId(id: string, adoption: { readonly next: string }): string {
  return fnv1a64(`${id} rebased ${adoption.next}`).toString(16).padStart(16, "0");
}

/** The id of the part of an indeterminate log that was never offered. */
export function splitId(id: string, from: number): string {
  return fnv1a64(`${id} split ${from}`).toString(16).padStart(16, "0");
}

/** The adoption that followed `ledger`, with the id of the ledger that it made. */
function adoptionOf(adoptions: readonly Adoption[], ledger: string): Adoption | undefined {
  return adoptions.find((adoption) => adoption.ledger === ledger);
}
