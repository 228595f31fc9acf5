import { grouped } from "../page/browser/format.js";

/** Made for the first badge that needs it: its tables take 7 MB. */
let compact: Intl.NumberFormat | undefined;

/** A total in few characters: `999`, `1.2k`, `12.3M`. It is never rounded up: a badge must not show hits that nobody made. */
export function shortened(total: bigint | null): string {
  if (total === null) return grouped(null);
  compact ??= new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1, roundingMode: "trunc" });
  return compact.format(total).replace("K", "k");
}
