import { relative } from "node:path";

/** Numbers, tables and paths as text for people. */

/** `1,234,567`. A total above 2^53 is a string or a bigint. */
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

/** Rows with columns as wide as their widest cell. Numeric columns are aligned right. */
export function columns(rows: readonly (readonly string[])[], numeric: readonly boolean[]): string[] {
  const widths = numeric.map((_, column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** `path` as a person would write it in the working directory. */
export function pathText(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
