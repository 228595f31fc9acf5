import { MAX_ADJUSTED_TOTAL } from "../../../core/ledger/adjustment.ts";

/** A total in JSON: a whole number that is exact, or a string of decimal digits. Null if it is neither, or out of bounds. */
export function valueIn(value: unknown): bigint | null {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : null;
  if (typeof value !== "string" || !/^\d{1,19}$/.test(value)) return null;
  const total = BigInt(value);
  return total <= MAX_ADJUSTED_TOTAL ? total : null;
}
