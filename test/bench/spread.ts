/** What is left of several measurements on a noisy machine. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** Throws RangeError when there are no `values`. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0)
    throw new RangeError("Nothing was measured, so there is no median; expected at least one value");
  return {
    median: quantile(values, 0.5),
    least: Math.min(...values),
    most: Math.max(...values),
    count: values.length,
  };
}

/** The smallest of `values` that at least the share `q` of them do not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

export function spreadText({ median, least, most, count }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${count}: ${least.toFixed(digits)}..${most.toFixed(digits)})`;
}
