import { fnv1a64 } from "../hash.ts";
import type { LedgerRef } from "../log/batch.ts";
import type { SourceLog } from "../log/source_log.ts";
import { placeOf } from "./log_place.ts";
import type { Adoption, LedgerChange, ShownWatermark } from "./snapshot.ts";

/** What a snapshot means for a log that this node holds. */
export type Assessment =
  /** The log continues. Drop what the watermark covers first. */
  | { readonly kind: "current" }
  /** The log was first offered to a ledger that this one was adopted from. Continue under this id and first offer (docs/protocol.md, Rebase). */
  | { readonly kind: "rebase"; readonly id: string; readonly firstOffer: LedgerRef }
  /** The ledger has pruned sources since the first offer, so nobody can tell whether it counted this log (docs/protocol.md, First offer). */
  | { readonly kind: "indeterminate" }
  /** The log was first offered to a ledger that this one does not follow, or does not remember following cleanly. */
  | { readonly kind: "foreign" };

/**
 * Judges a held log by a snapshot that mentions it. A log without a first offer was never offered, so it is always current. `shown` is for
 * the log's present id: another holder may have gone on with the log under that one, and the ledger may have forgotten it.
 */
export function assess(
  log: SourceLog,
  { ledger, prunedTo, adoptions }: Pick<LedgerChange, "ledger" | "prunedTo" | "adoptions">,
  shown: ShownWatermark,
): Assessment {
  const { base, firstOffer } = log;
  if (firstOffer === null) return { kind: "current" };
  const place = placeOf({ base, firstOffer }, { id: ledger.id, prunedTo, watermark: shown.watermark ?? undefined });
  if (place !== "foreign") return { kind: place === "indeterminate" ? place : "current" };
  const adoption = adoptionOf(adoptions, firstOffer.id);
  if (!adoption?.clean) return { kind: "foreign" };
  if (shown.watermark === null && firstOffer.version < prunedTo) return { kind: "indeterminate" };
  return {
    kind: "rebase",
    id: rebasedId(log.ids[0]!, adoption),
    firstOffer: { id: adoption.next, version: adoption.version },
  };
}

/**
 * The id under which a log continues in an adopted ledger.
 *
 * It is derived from the log's first id. So all holders of one log arrive at the same id, by whatever adoptions they came, and also after
 * a crash half-way. The first offer is the adoption's version, not the present one, so that a late holder does not look like a new source.
 */
export function rebasedId(id: string, adoption: { readonly next: string }): string {
  return fnv1a64(`${id} rebased ${adoption.next}`).toString(16).padStart(16, "0");
}

/** Id for the part of an indeterminate log that was never offered, from offset `from` on. */
export function splitId(id: string, from: number): string {
  return fnv1a64(`${id} split ${from}`).toString(16).padStart(16, "0");
}

/** The adoption that followed `ledger`. */
function adoptionOf(adoptions: readonly Adoption[], ledger: string): Adoption | undefined {
  return adoptions.find((adoption) => adoption.ledger === ledger);
}
