import { grouped } from "../page/browser/format.js";

const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1, roundingMode: "trunc" });

/** A total in few characters: `999`, `1.2k`, `12.3M`. It is never rounded up: a badge must not show hits that nobody made. */
export function shortened(total: bigint | null): string {
  return total === null ? grouped(null) : SHORT.format(total).replace("K", "k");
}
