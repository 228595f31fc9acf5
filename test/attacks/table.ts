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

export function p99Text({ p99Ms, honestFailures }: Pick<Witnessed, "p99Ms" | "honestFailures">): string {
  const failures = honestFailures === 0 ? "" : `, ${honestFailures} failed`;
  if (p99Ms === null) return `none answered${failures}`;
  return `${p99Ms.toFixed(0)} ms${p99Ms > HONEST_P99_MS ? ` (goal ${HONEST_P99_MS})` : ""}${failures}`;
}
