import { get } from "node:http";
import { pageLoad } from "../../adapters/http/page_load.ts";
import { pods } from "../../adapters/http/pods.ts";
import { type Serving, serve } from "../../adapters/http/serving.ts";
import type { Effort, Line, Row } from "../row.ts";

const MOST_OF_PAGE = 70_000;
/** A counter with all that there can be on its page: it is a site's. */
const SITE = "blog.example";
const PATH = `/c/${SITE}`;
const HOURS = 400 * 24;
const MOST_OF_SCRIPT = 1_500;
const PIXEL = 43;

/** What is sent for a page with everything that it loads and for the script, compressed; for the pixel, as it is. */
export const sizes: Row = {
  name: "sizes",
  async run(effort) {
    const node = await serve();
    fill(node, Math.floor(Date.now() / 3_600_000));
    node.counting.pastHits = Array.from({ length: 300 }, (_, at) => 1_000 + Math.round(300 * Math.sin(at / 9)));
    const lines: Line[] = [];
    for (const count of [3, 30]) lines.push(await pageLine(node, count, effort));
    lines.push(await fileLine(node, "/count.js", "gzip", `< ${MOST_OF_SCRIPT} B`, (size) => size < MOST_OF_SCRIPT));
    lines.push(await fileLine(node, "/pixel/visits.gif", "identity", `${PIXEL} B`, (size) => size === PIXEL));
    await node.close(100);
    return lines;
  },
};

/** The site, and hits in each hour of 400 days, of the size and kind that compress worst. */
function fill({ counting }: Serving, now: number): void {
  counting.totals.set("visits", 123_456_789n);
  for (const [counter, scale] of [
    [SITE, 5_000],
    [`${SITE}/_visits`, 2_000],
    [`${SITE}/_visitors`, 900],
    [`${SITE}/_bots`, 700],
  ] as const) {
    counting.totals.set(counter, 123_456_789n);
    for (let hour = now - HOURS; hour <= now; hour++)
      counting.hours.push({ of: counter, hour, hits: Math.floor(Math.random() * scale) });
  }
}

async function pageLine(node: Serving, count: number, { say }: Effort): Promise<Line> {
  node.counting.others = pods(count - 1);
  node.counting.round();
  const load = await pageLoad(node.url, PATH);
  for (const [path, size] of load) say(`${size} B ${path}`);
  const sum = [...load.values()].reduce((sum, size) => sum + size);
  const [page = 0, events = 0] = [PATH, "/v1/events"].map((path) => load.get(path));
  const charts = [...load].reduce((all, [path, size]) => all + (path.startsWith("/history/") ? size : 0), 0);
  return {
    measure: `/c/${SITE} with ${count} nodes, all that it loads, with both charts`,
    goal: `< ${MOST_OF_PAGE / 1000} kB`,
    result: `${kilobytes(sum)} compressed: page ${kilobytes(page)}, first event ${kilobytes(events)}, charts ${kilobytes(charts)}, ${load.size - 4} files ${kilobytes(sum - page - events - charts)}`,
    reached: sum < MOST_OF_PAGE,
  };
}

/** `coding`: in which the file is asked for, as RFC 9110 names it. */
async function fileLine(
  node: Serving,
  path: string,
  coding: "gzip" | "identity",
  goal: string,
  reaches: (size: number) => boolean,
): Promise<Line> {
  const size = await sizeSent(new URL(path, node.url), coding);
  return { measure: path, goal, result: `${size} B`, reached: reaches(size) };
}

/** Bytes of a response's body as they are sent. (`fetch` would show them decompressed.) */
function sizeSent(url: URL, coding: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": coding } }, (response) => {
      let size = 0;
      response.on("data", (bytes: Buffer) => {
        size += bytes.length;
      });
      response.on("end", () => resolve(size));
    }).on("error", reject);
  });
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
