/** Words and numbers for people, in English as everything here is. */

/** `1,234,567`, also of totals that are strings because they pass 2^53. */
export function numberText(total: number | string | bigint): string {
  return BigInt(total).toLocaleString("en");
}

/** `1 hit`, `2 hits`. */
export function plural(count: number, word: string): string {
  return `${numberText(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** Hits a second. */
export function rateText(rate: number): string {
  return `${rate.toLocaleString("en", { maximumFractionDigits: 1 })}/s`;
}

/** Columns that are as wide as their widest cell; those of numbers are flush right. */
export function columns(rows: readonly (readonly string[])[], numeric: readonly boolean[]): string[] {
  const widths = numeric.map((_, column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
