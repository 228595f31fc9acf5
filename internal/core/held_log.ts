import type { LedgerRef } from "./batch.ts";
import { fnv1a64 } from "./hash.ts";
import type { Adoption, LedgerChange, ShownWatermark } from "./snapshot.ts";
import type { SourceLog } from "./source_log.ts";

/** What a snapshot means for a log that is held here. */
export type Assessment =
  /** The log goes on; first drop what the watermark covers. */
  | { readonly kind: "current" }
  /** The ledger was adopted after this log was offered to an earlier one: go on under this id and note (DESIGN rule 13). */
  | { readonly kind: "rebase"; readonly id: string; readonly note: LedgerRef }
  /** The ledger forgot enough that nobody can tell whether it counted this log (DESIGN rule 2). */
  | { readonly kind: "indeterminate" }
  /** The ledger lost what it had shown of this log: it was restored from a backup, and nobody noticed in time (DESIGN rule 13). */
  | { readonly kind: "restored" }
  /** The log was offered to a ledger that this one does not follow, or not in a way that anybody remembers. */
  | { readonly kind: "foreign" };

/** Judges a held log by a snapshot that mentions it. A log that noted nothing was never offered: nothing can be wrong with it. */
export function assess(log: SourceLog, change: LedgerChange, shown: ShownWatermark): Assessment {
  const { note } = log;
  if (note === null) return { kind: "current" };
  const forgotten = shown.watermark === null && note.version < change.prunedTo;
  if (note.id === change.ledger.id) {
    if (forgotten) return { kind: "indeterminate" };
    return { kind: isTakenBack(log, change.ledger, shown.watermark ?? log.base) ? "restored" : "current" };
  }
  const adoption = adoptionOf(change.adoptions, note.id);
  if (!adoption?.clean) return { kind: "foreign" };
  if (forgotten) return { kind: "indeterminate" };
  return { kind: "rebase", id: rebasedId(log.id, adoption), note: { id: adoption.next, version: adoption.version } };
}

/** Only a version from which the watermark was shown, or a later one, can tell: a leader that woke up late may speak of an earlier one. */
function isTakenBack({ shown, shownIn }: SourceLog, ledger: LedgerRef, watermark: number): boolean {
  return watermark < shown && shownIn !== null && shownIn.id === ledger.id && shownIn.version <= ledger.version;
}

/**
 * The id that a log goes on under. It is derived, so that two carriers of one log, or one that crashes half-way, arrive at the same; and
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
