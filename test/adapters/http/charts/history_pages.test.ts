import assert from "node:assert/strict";
import { systemClock } from "../../../../internal/adapters/system/system_clock.ts";
import { USUAL_POLICY } from "../../../../internal/core/access/policy.ts";
import type { Clock } from "../../../../internal/ports/clock.ts";
import { jsonOf } from "../json_of.ts";
import { type Serving, serve } from "../serving.ts";

const NOW = Date.parse("2026-11-29T10:20:00Z");
const HOUR = Math.floor(NOW / 3_600_000);

/** The hits of a counter by hour and by day, as a chart, a table and CSV with the same numbers. None of it counts. */
describe("HTTP: pages of a counter's history", () => {
  let node: Serving;
  /** The time that stands still, in milliseconds; null: it passes. */
  let standing: number | null = null;
  beforeEach(async () => {
    standing = null;
    const clock: Clock = { ...systemClock, monotonic: () => standing ?? systemClock.monotonic(), wall: () => NOW };
    node = await serve({ clock });
    node.counting.totals.set("blog", 100n);
  });
  afterEach(() => {
    assert.equal(node.counting.accepted, 0);
    return node.close(100);
  });

  const keep = (of: string, hoursAgo: number, hits: number) =>
    node.counting.hours.push({ of, hour: HOUR - hoursAgo, hits });
  const get = (query: string, path = "blog") => fetch(`${node.url}/history/${path}?${query}`);
  const text = async (query: string) => (await get(query)).text();

  it("have each of 48 hours in CSV, oldest first, from the first that is kept", async () => {
    for (const [hoursAgo, hits] of [
      [0, 7],
      [1, 12],
      [30, 5],
    ] as const)
      keep("blog", hoursAgo, hits);
    const response = await get("by=hour&as=csv");
    assert.equal(response.headers.get("content-type"), "text/csv; charset=utf-8");
    assert.equal(response.headers.get("content-disposition"), 'attachment; filename="blog-by-hour.csv"');
    const rows = (await response.text()).split("\r\n");
    assert.deepEqual(
      [rows[0], rows[1], rows.at(-3), rows.at(-2)],
      ["hour,hits", "2026-11-28T04:00:00.000Z,5", "2026-11-29T09:00:00.000Z,12", "2026-11-29T10:00:00.000Z,7"],
    );
    assert.equal(rows.length, 1 + 31 + 1);
    keep("other", 2_000, 1);
    assert.equal((await text("by=hour&as=csv")).split("\r\n").length, 1 + 48 + 1);
  });

  it("have 400 days, with what else is counted for a site", async () => {
    for (let hour = 0; hour < 500 * 24; hour += 8) keep("blog", hour, 2);
    keep("blog/_visits", 26, 3);
    keep("blog/_bots", 1, 4);
    const rows = (await text("by=day&as=csv")).split("\r\n");
    assert.equal(rows.length, 1 + 400 + 1);
    assert.deepEqual(
      [rows[0], rows.at(-3), rows.at(-2)],
      ["day,hits,visits,bots", "2026-11-28T00:00:00.000Z,6,3,0", "2026-11-29T00:00:00.000Z,4,0,4"],
    );
  });

  it("have the same numbers in the table, newest first, and in the chart", async () => {
    keep("blog", 0, 1_234);
    keep("blog", 3, 2);
    keep("blog/_bots", 3, 9);
    const page = await text("by=hour");
    const rows = [...page.matchAll(/<tr><th scope="row">([^<]*)<\/th>((?:<td>[^<]*<\/td>)+)/g)].map(([, at, cells]) => [
      at,
      ...(cells ?? "").matchAll(/<td>([^<]*)/g).map(([, cell]) => cell),
    ]);
    assert.deepEqual(
      [rows.length, rows[0], rows[3]],
      [4, ["29 Nov 2026, 10:00", "1,234", "0"], ["29 Nov 2026, 07:00", "2", "9"]],
    );
    assert.match(page, /Hits by hour are kept since 29 Nov 2026, 07:00/);
    const svg = await text("by=hour&as=svg");
    assert.match(svg, /<title>blog: 1,236 hits, 9 bots in 48 hours<\/title>/);
    assert.equal([...(/class="hits" d="([^"]*)"/.exec(svg)?.[1] ?? "").matchAll(/M/g)].length, 2);
  });

  it("draw each bar as high as its number, within the picture", async () => {
    keep("blog", 1, 100);
    keep("blog", 0, 25);
    for (const size of ["wide", "medium", "narrow"]) {
      const svg = await text(`by=hour&as=svg&size=${size}`);
      const bars = [...svg.matchAll(/M([\d.]+) ([\d.]+)v-([\d.]+)h([\d.]+)v\3z/g)].map((bar) =>
        bar.slice(1).map(Number),
      );
      assert.deepEqual(bars.length, 2);
      const [[, bottom = 0, full = 0] = [], [x = 0, , quarter = 0, width = 0] = []] = bars;
      const [, wide = 0, high = 0] = (/width="(\d+)" height="(\d+)"/.exec(svg) ?? []).map(Number);
      assert.ok(Math.abs(quarter - full / 4) < 0.2 && full > high / 3, `${full} ${quarter}`);
      assert.ok(x + width <= wide + 0.1 && bottom < high && bottom - full >= 0, svg);
      assert.match(svg, />100<\/text>/);
    }
  });

  it("show where nothing was kept, and that it is not known now", async () => {
    standing = systemClock.monotonic();
    keep("blog", 12, 1);
    assert.match(await text("by=hour&as=svg"), /<rect class="n" y="30" width="674.5"/);
    node.counting.days = "loading";
    standing += 5_001;
    assert.match(await text("by=hour&as=svg"), /not known here yet/);
    for (const as of ["page", "csv"]) assert.equal((await get(`as=${as}`)).status, 503);
    node.counting.days = "upgrading";
    assert.equal((await jsonOf(get("as=csv"))).type, "urn:global-cluster:problem:upgrading");
  });

  it("have each chart drawn once in five seconds, however many people look at it", async () => {
    standing = systemClock.monotonic();
    keep("blog", 1, 5);
    const asked: string[] = [];
    const hitsByHour = node.counting.hitsByHour.bind(node.counting);
    node.counting.hitsByHour = (counter, ...hours) => {
      asked.push(counter);
      return hitsByHour(counter, ...hours);
    };
    const first = await text("by=day&as=svg");
    assert.match(first, /<title>blog: 5 hits in 30 days/);
    const once = asked.length;
    for (let more = 0; more < 10; more++) assert.equal(await text("by=day&as=svg"), first);
    assert.equal(asked.length, once);
    // Another size of the same numbers, and then other charts.
    assert.notEqual(await text("by=day&as=svg&size=narrow"), first);
    assert.equal(asked.length, once);
    assert.notEqual(await text("by=hour&as=svg"), first);
    assert.notEqual(await (await get("by=day&as=svg", "other")).text(), first);
    keep("blog", 0, 2);
    node.counting.round();
    assert.match(await text("by=day&as=csv"), /,7\r\n$/);
    assert.equal(await text("by=day&as=svg"), first);
    standing += 5_001;
    assert.match(await text("by=day&as=svg"), /<title>blog: 7 hits/);
  });

  it("run nothing, and are compressed for those who take it", async () => {
    for (const as of ["svg", "page"]) {
      const response = await fetch(`${node.url}/history/blog?as=${as}`, { headers: { "accept-encoding": "gzip" } });
      assert.equal(response.headers.get("content-encoding"), "gzip");
      assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none'; style-src/);
      assert.doesNotMatch(await response.text(), /<script|\son\w+=|\sstyle=|[^\n -~]/);
    }
  });

  it("refuse what they do not know, and counters that strangers may not see", async () => {
    for (const query of ["by=week", "as=png", "size=huge", "from=2026-01-01"])
      assert.equal((await get(query)).status, 400, query);
    assert.equal((await get("", "never")).status, 404);
    assert.equal((await get("as=svg", "never")).status, 200);
    assert.equal((await get("", "Blog!")).status, 400);
    assert.equal((await fetch(`${node.url}/history/blog`, { method: "POST" })).status, 405);
    const anonymous = { usual: "none", named: new Map() } as const;
    const closed = await serve({ access: { policy: { ...USUAL_POLICY, anonymous } } });
    closed.counting.totals.set("blog", 1n);
    for (const as of ["svg", "page", "csv"])
      assert.equal((await fetch(`${closed.url}/history/blog?as=${as}`)).status, 401);
    await closed.close(100);
  });
});
