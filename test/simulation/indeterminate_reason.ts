import type { Ledger } from "../../internal/core/ledger/ledger.ts";
import { watermarkOf } from "../../internal/core/ledger/ledger.ts";
import type { SourceLog } from "../../internal/core/log/source_log.ts";

/** The rule of docs/protocol.md by which this log may be indeterminate beside this ledger; null if none says so. */
export function indeterminateReason(log: SourceLog, ledger: Ledger | null, wasCopied: boolean): string | null {
  const { firstOffer, formerly } = log;
  if (wasCopied) return "Cut: its disk was copied";
  if (!ledger || !firstOffer) return null;
  if (firstOffer.id !== ledger.id) {
    const adoption = ledger.adoptions.find(({ ledger: id }) => id === firstOffer.id);
    if (!adoption?.clean) return "Rebase: its ledger was not followed cleanly";
    return firstOffer.version < ledger.prunedTo ? "First offer: it may be forgotten since the adoption" : null;
  }
  if (watermarkOf(ledger, log.id) === undefined && firstOffer.version < ledger.prunedTo)
    return "First offer: it may be forgotten";
  return formerly.length > 0 ? "Set aside: another holder has too little of it" : null;
}
