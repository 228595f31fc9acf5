import { benchOptions } from "./options.ts";
import { endAll } from "./pinned_process.ts";
import type { Effort, Line, Row } from "./row.ts";
import { access } from "./rows/access.ts";
import {
  badgeAgainstBare,
  badgeByCpu,
  hitsAgainstBare,
  hitsWithRates,
  pageAgainstBare,
  pageByCpu,
  pixelAgainstBare,
  viewAgainstBare,
  viewByCpu,
} from "./rows/against_bare.ts";
import { charts } from "./rows/charts.ts";
import { failover } from "./rows/failover.ts";
import { keyed } from "./rows/keyed.ts";
import { largeLedger } from "./rows/large_ledger.ts";
import { largeStore } from "./rows/large_store.ts";
import { manyCounters } from "./rows/many_counters.ts";
import { marks } from "./rows/marks.ts";
import { memory } from "./rows/memory.ts";
import { againstNginx } from "./rows/nginx_redis.ts";
import { sizes } from "./rows/sizes.ts";
import { streams } from "./rows/streams.ts";
import { thousandNodes } from "./rows/thousand_nodes.ts";
import { visibility } from "./rows/visibility.ts";
import { tableText } from "./table.ts";

const ROWS: readonly Row[] = [
  hitsAgainstBare,
  hitsWithRates,
  pageAgainstBare,
  badgeAgainstBare,
  pixelAgainstBare,
  viewAgainstBare,
  pageByCpu,
  badgeByCpu,
  viewByCpu,
  access,
  againstNginx,
  sizes,
  charts,
  streams,
  keyed,
  marks,
  largeLedger,
  largeStore,
  thousandNodes,
  visibility,
  failover,
  memory,
  manyCounters,
];

const options = benchOptions(
  process.argv.slice(2),
  ROWS.map(({ name }) => name),
);
if ("text" in options) {
  process[options.code === 0 ? "stdout" : "stderr"].write(options.text);
  process.exit(options.code);
}
const { smoke, only } = options;
const lines: Line[] = [];
for (const row of ROWS.filter(({ name }) => only?.includes(name) ?? true)) {
  const say = (words: string) => void process.stderr.write(`${row.name}: ${words}\n`);
  lines.push(...(await measured(row, { smoke, say })));
}
process.stdout.write(`\n${tableText(lines)}`);
process.exit();

/** A row that fails takes its place in the table all the same, and the exit code tells. */
async function measured(row: Row, effort: Effort): Promise<readonly Line[]> {
  effort.say("begins");
  try {
    return await row.run(effort);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.exitCode = 1;
    return [{ measure: row.name, goal: "to run", result: error.message, reached: false }];
  } finally {
    endAll();
  }
}
