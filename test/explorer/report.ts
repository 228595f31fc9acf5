import type { Report } from "./search.ts";

/** Names the columns of `describeReport`. */
export const HEADER = columns("scope", "states", "transitions", "depth", "seconds", "end");

/** One line for people; for a violation, its shortest trace after it. */
export function describeReport(report: Report): string {
  const { scope, states, transitions, depth, exhausted, interrupted, seconds, ends, indeterminateEnds, violation } =
    report;
  const end = violation ? "BROKEN" : exhausted ? "exhausted" : interrupted ? "interrupted" : "time is up";
  const healed = `${end}; ${ends} healed ends, ${indeterminateEnds} with indeterminate hits`;
  const line = columns(scope, String(states), String(transitions), String(depth), seconds.toFixed(1), healed);
  if (!violation) return line;
  const steps = violation.trace.map((step, i) => `  ${String(i + 1).padStart(3)}. ${step}`);
  return [line, ...steps, `  => ${violation.message}`].join("\n");
}

function columns(scope: string, states: string, transitions: string, depth: string, seconds: string, end: string) {
  const numbers = [states.padStart(9), transitions.padStart(12), depth.padStart(6), seconds.padStart(8)];
  return `${scope.padEnd(28)}${numbers.join("")}  ${end}`;
}
