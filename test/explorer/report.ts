import type { Report } from "./search.ts";

/** One line for people; for a violation, its shortest trace after it. */
export function describeReport(report: Report): string {
  const { scope, states, transitions, depth, exhausted, seconds, ends, indeterminateEnds, violation } = report;
  const end = violation ? "BROKEN" : exhausted ? "exhausted" : "time is up";
  const line =
    `${scope.padEnd(24)} ${String(states).padStart(9)} states ${String(transitions).padStart(10)} transitions ` +
    `depth ${String(depth).padStart(3)}  ${seconds.toFixed(1).padStart(6)} s  ${end}; ` +
    `${ends} healed ends, ${indeterminateEnds} with indeterminate hits`;
  if (!violation) return line;
  const steps = violation.trace.map((step, i) => `  ${String(i + 1).padStart(3)}. ${step}`);
  return [line, ...steps, `  => ${violation.message}`].join("\n");
}
