import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { adviceFor, isQuick, missingFor, type Need } from "./needs.ts";

/**
 * Root hooks of every run (`require` in .mocharc.json): after the run they tell how many tests were skipped and how to get what those
 * need. A test that is skipped for no named need fails the run.
 */

/** Path of the file where the processes of one run note what they skipped; `--parallel` has several. */
const FILE = "SKIPPED_TESTS_FILE";

export function mochaGlobalSetup(): void {
  process.env[FILE] = join(mkdtempSync(join(tmpdir(), "skipped-")), "needs");
}

export const mochaHooks = {
  afterAll(this: Mocha.Context): void {
    const silent: string[] = [];
    this.test?.parent?.eachTest((test) => {
      if (test.state === undefined || !test.isPending()) return;
      const need = missingFor(test);
      if (need) appendFileSync(process.env[FILE] ?? "", `${need}\n`);
      else silent.push(test.fullTitle());
    });
    if (silent.length > 0)
      throw new Error(`Skipped without a reason; call needs() of test/needs.ts instead: ${silent.join("; ")}`);
  },
};

export function mochaGlobalTeardown(): void {
  const file = process.env[FILE] ?? "";
  const counts = countsIn(file);
  rmSync(dirname(file), { recursive: true });
  for (const line of summary(counts)) console.log(line);
}

/** What is told after a run that skipped this many tests for want of each need. */
export function summary(counts: ReadonlyMap<Need, number>, quick: boolean = isQuick()): string[] {
  if (counts.size === 0) return [];
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([need, count]) => `  ${String(count).padStart(4)} need ${need}: ${adviceFor(need)}`);
  const title = quick
    ? `${total} tests were left to \`npm run test:all\`, which runs everything that this machine can run:`
    : `${total} tests were skipped:`;
  return [title, ...lines, ""];
}

function countsIn(file: string): ReadonlyMap<Need, number> {
  const counts = new Map<Need, number>();
  for (const need of linesOf(file)) counts.set(need as Need, (counts.get(need as Need) ?? 0) + 1);
  return counts;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").trim().split("\n");
  } catch {
    // Nothing was skipped.
    return [];
  }
}
