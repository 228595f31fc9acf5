import { parseArgs } from "node:util";

export interface BenchOptions {
  readonly smoke: boolean;
  /** Names of the rows to run, in the order of the table; null: all. */
  readonly only: readonly string[] | null;
}

const FLAGS = {
  smoke: { type: "boolean", default: false },
  only: { type: "string", multiple: true },
  help: { type: "boolean", default: false },
} as const;

/** The options, or the text to print instead and the exit code to end with. */
export function benchOptions(
  args: readonly string[],
  rows: readonly string[],
): BenchOptions | { readonly text: string; readonly code: 0 | 2 } {
  try {
    const { smoke, only, help } = parseArgs({ args: [...args], options: FLAGS }).values;
    const unknown = only?.filter((name) => !rows.includes(name)) ?? [];
    if (help) return { text: helpText(rows), code: 0 };
    if (unknown.length > 0)
      return { text: `There is no row "${unknown[0]}"; there are: ${rows.join(", ")}.\n`, code: 2 };
    return { smoke, only: only ?? null };
  } catch (error) {
    return { text: `${(error as Error).message}\n${helpText(rows)}`, code: 2 };
  }
}

function helpText(rows: readonly string[]): string {
  return `npm run bench -- [--smoke] [--only ROW]...

Measures this program and prints a table: measure, goal, result, whether it was reached.
Every hit of every row is checked too: acknowledged = counted, or the run fails.

  --smoke     a few seconds a row: shows that everything runs, the numbers mean little
  --only ROW  only this row; may be given more than once. Rows: ${rows.join(", ")}
  --help      this

It needs two cores and wrk (Debian: wrk); for some rows etcd 3.6, on PATH or named by ETCD_BINARY, and nginx with Lua and
Redis (Debian: nginx libnginx-mod-http-lua lua-nginx-redis redis-server). A row whose programs are missing says so.
`;
}
