import assert from "node:assert/strict";
import type { HistoryJson } from "../../internal/adapters/http/history/history_route.ts";
import type { CountersJson } from "../../internal/adapters/http/totals_json.ts";
import type { NodeProcess } from "../processes/node_process.ts";
import type { Range } from "./plain_count.ts";
import { SITES } from "./population.ts";

const DAY_MS = 86_400_000;
const AT_ONCE = 16;

/** Committed totals that a node shows, by counter. */
export async function committedOf(node: NodeProcess): Promise<Map<string, number>> {
  const { counters, next } = (await node.get("/v1/counters?limit=1000")) as CountersJson;
  assert.equal(next, null, "there are more counters");
  return new Map(counters.map(({ counter, committed }) => [counter, Number(committed)]));
}

/** By counter, hits of each of some successive days that a node shows. `days`: when they begin, in milliseconds. */
export async function dailyOf(
  node: NodeProcess,
  counters: Iterable<string>,
  days: readonly number[],
): Promise<Map<string, number[]>> {
  const [from, to] = [Math.min(...days), Math.max(...days) + DAY_MS].map((time) =>
    new Date(time).toISOString().slice(0, 19),
  );
  const left = [...counters];
  const found = new Map<string, number[]>();
  const ask = async () => {
    for (let counter = left.pop(); counter !== undefined; counter = left.pop()) {
      const { hits } = (await node.get(
        `/v1/counters/${counter}/history?from=${from}Z&to=${to}Z&by=day`,
      )) as HistoryJson;
      const byDay = new Map(hits.map(({ at, hits }) => [Date.parse(at), hits]));
      found.set(
        counter,
        days.map((day) => byDay.get(day) ?? 0),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return found;
}

/** What follows the name of one of the program's metrics. */
export async function metricOf(node: NodeProcess, name: string): Promise<number> {
  const lines = String(await node.get("/metrics")).split("\n");
  const before = `global_cluster_${name} `;
  const line = lines.find((line) => line.startsWith(before));
  assert.ok(line !== undefined, name);
  return Number(line.slice(before.length));
}

/** Each counter is within its range, and there is no other. */
export function mustBeWithin(
  shown: ReadonlyMap<string, number>,
  onPaper: ReadonlyMap<string, Range>,
  who: string,
): void {
  const wrong = [...new Set([...shown.keys(), ...onPaper.keys()])].flatMap((counter) => {
    const { low, high } = onPaper.get(counter) ?? { low: 0, high: 0 };
    const count = shown.get(counter) ?? 0;
    if (count >= low && count <= high) return [];
    return `${counter}: ${count}, and on paper ${low === high ? low : `${low} to ${high}`}`;
  });
  assert.deepEqual(wrong, [], who);
}

/** The views of each site are those of its pages: a view counts for both, or for none. */
export function mustAddUp(shown: ReadonlyMap<string, number>, who: string): void {
  for (const { site } of SITES) {
    const isPage = (counter: string) => counter.startsWith(`${site}/`) && !counter.includes("/_");
    const views = [...shown].reduce((sum, [counter, count]) => sum + (isPage(counter) ? count : 0), 0);
    assert.equal(shown.get(site), views, `${site}, ${who}`);
  }
}
