import type { ContestReport } from "./contest.ts";
import type { Line } from "./row.ts";
import { spreadText } from "./spread.ts";

/** With its server's core less busy than this share, a rate tells how fast something else was: the load, or other programs. */
const BUSY = 0.9;

/** Whether a contest reached its goal: by the rate, or by CPU time where the rate says nothing. */
export function verdict(report: ContestReport, goal: number): Pick<Line, "goal" | "result" | "reached"> {
  const { ratio, byCpu, ours, theirs, busy } = report;
  const byRate = busy >= BUSY;
  const [judged, other] = byRate
    ? [spreadText(ratio, 2), `by CPU time ${spreadText(byCpu, 2)}`]
    : [`${spreadText(byCpu, 2)} by CPU time, because the core was not busy`, `by rate ${spreadText(ratio, 2)}`];
  const rates = `${Math.round(ours.median)}/s against ${Math.round(theirs.median)}/s`;
  const result = `${judged}; ${other}; ${rates}, server's core at least ${Math.round(busy * 100)}% busy`;
  return { goal: `>= ${goal}`, result, reached: (byRate ? ratio : byCpu).median >= goal };
}
