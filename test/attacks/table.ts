import { columns } from "../../cmd/cli/text.ts";
import { HONEST_P99_MS, type Witnessed } from "./witness.ts";

const TITLE = ["#", "attack", "bound", "seen", "honest p99", "memory", "held"];

/** The results as a table for people. */
export function attackTable(results: readonly Witnessed[]): string {
  const rows = results.map(({ number, attack, bound, seen, held, ...witnessed }) => [
    String(number),
    attack,
    bound,
    seen,
    p99Text(witnessed),
    witnessed.memoryMb === null ? "unknown" : `${witnessed.memoryMb.toFixed(0)} MB`,
    held ? "yes" : "NO",
  ]);
  return columns(
    [TITLE, ...rows],
    TITLE.map(() => false),
  ).join("\n");
}

/** What an honest client waited, and what it had waited before the attack. */
export function p99Text(result: Pick<Witnessed, "p99Ms" | "quietP99Ms" | "honestFailures">): string {
  const { p99Ms, quietP99Ms, honestFailures } = result;
  const failures = honestFailures === 0 ? "" : `, ${honestFailures} failed`;
  const goal = p99Ms !== null && p99Ms > HONEST_P99_MS ? `, goal ${HONEST_P99_MS}` : "";
  return `${ms(p99Ms)} (before: ${ms(quietP99Ms)}${goal})${failures}`;
}

function ms(value: number | null): string {
  return value === null ? "none answered" : `${value.toFixed(0)} ms`;
}
