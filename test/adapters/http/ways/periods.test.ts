import assert from "node:assert/strict";
import { systemClock } from "../../../../internal/adapters/system/system_clock.ts";
import { eventually } from "../../../eventually.ts";
import { OPEN_ACCESS } from "../open_access.ts";
import { startRealNode } from "../real_node.ts";
import { type Serving, serve } from "../serving.ts";

/** 2026-11-29, 0 o'clock. */
const TODAY = 20_786 * 24;
const HOUR_MS = 3_600_000;
const BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** Badges and digits show what was committed today, in 7 days or in 30, or nothing if that is not known whole. */
describe("ways: numbers of today and of the last days", () => {
  let node: Serving;
  let now: number;
  beforeEach(async () => {
    now = (TODAY + 10.5) * HOUR_MS;
    node = await serve({ clock: { ...systemClock, wall: () => now } });
    node.counting.asOf = now;
    node.counting.totals.set("a", 5_000n);
    node.counting.totals.set("a/_visits", 70n);
    node.counting.hours = [
      { of: "other", hour: TODAY - 40 * 24, hits: 1 },
      { of: "a", hour: TODAY - 29 * 24 - 1, hits: 1_000 },
      { of: "a", hour: TODAY - 29 * 24, hits: 2_000 },
      { of: "a", hour: TODAY - 6 * 24 - 1, hits: 500 },
      { of: "a", hour: TODAY - 6 * 24, hits: 300 },
      { of: "a", hour: TODAY - 1, hits: 40 },
      { of: "a", hour: TODAY, hits: 7 },
      { of: "a/_visits", hour: TODAY + 10, hits: 3 },
      { of: "a", hour: TODAY + 10, hits: 1 },
    ];
  });
  afterEach(() => node.close(100));

  const get = (path: string) => fetch(`${node.url}${path}`, { headers: { "user-agent": BROWSER } });
  const shown = async (query: string, path = "/badge/a.svg") => titleOf(await (await get(`${path}?${query}`)).text());
  const UNKNOWN = "a: &#8211;";

  it("are those of UTC days, today included", async () => {
    for (const [period, number] of [
      ["today", "8"],
      ["week", "348"],
      ["month", "2,848"],
      ["total", "5,000"],
    ]) {
      assert.equal(await shown(`count=false&period=${period}`), `a: ${number}`);
      assert.equal(await shown(`count=false&period=${period}`, "/digits/a.svg"), `a: ${number}`);
    }
    assert.equal(await shown("count=false&period=month&format=short"), "a: 2.8k");
    assert.equal(await shown("of=visits&period=today"), "a: 3");
    assert.equal(await shown("of=visitors&period=today"), "a: 0");
    assert.equal(node.counting.accepted, 0);
  });

  it("count like others, and have the hit when it is committed", async () => {
    // The second goes through the router.
    for (const path of ["/badge/a.svg", "/badge/%61.svg", "/digits/a.svg"])
      assert.equal(await shown("period=today", path), "a: 8");
    assert.equal(node.counting.pending.get("a"), 3);
    node.counting.hours.push({ of: "a", hour: TODAY + 10, hits: 3 });
    node.counting.round();
    assert.equal(await shown("period=today"), "a: 11");
    assert.equal(await shown("period=total"), "a: 5,005");
    assert.equal(await shown("period=week&once=day"), "a: 351");
    assert.deepEqual([node.counting.accepted, node.counting.marks.size], [5, 1]);
  });

  it("begin anew with the day", async () => {
    assert.equal(await shown("count=false&period=today"), "a: 8");
    now += 14 * HOUR_MS;
    node.counting.asOf = now;
    assert.equal(await shown("count=false&period=today"), "a: 0");
    assert.equal(await shown("count=false&period=week"), "a: 48");
  });

  for (const days of ["loading", "upgrading"] as const)
    it(`are not known while the node has no days: ${days}`, async () => {
      node.counting.days = days;
      for (const period of ["today", "week", "month"]) assert.equal(await shown(`period=${period}`), UNKNOWN);
      assert.equal(await shown("period=today&format=short"), UNKNOWN);
      assert.equal(await shown("period=today", "/digits/a.svg"), "a: not known yet");
      assert.equal(node.counting.accepted, 5);
      node.counting.days = "kept";
      node.counting.round();
      assert.equal(await shown("period=today"), "a: 8");
    });

  it("are not known if the ledger keeps only a part of the days", async () => {
    node.counting.hours = node.counting.hours.filter(({ hour }) => hour >= TODAY - 6 * 24);
    assert.equal(await shown("count=false&period=week"), "a: 348");
    assert.equal(await shown("count=false&period=month"), UNKNOWN);
    node.counting.hours = node.counting.hours.filter(({ hour }) => hour > TODAY);
    node.counting.round();
    assert.equal(await shown("count=false&period=today"), UNKNOWN);
  });

  it("are known if all hits are in the days that there are, and for a counter without hits", async () => {
    node.counting.hours = node.counting.hours.filter(({ hour }) => hour >= TODAY - 1);
    node.counting.totals.set("a", 48n);
    for (const [period, number] of [
      ["today", 8],
      ["week", 48],
      ["month", 48],
    ] as const)
      assert.equal(await shown(`count=false&period=${period}`), `a: ${number}`);
    node.counting.hours = [];
    assert.equal(await shown("count=false&period=month", "/badge/never.svg"), "never: 0");
    node.counting.copying = true;
    assert.equal(await shown("count=false&period=month", "/badge/another.svg"), "another: &#8211;");
  });

  it("are not known if the node has heard nothing since the day began", async () => {
    now = (TODAY + 24) * HOUR_MS + 30_000;
    assert.equal(await shown("count=false&period=today"), UNKNOWN);
    node.counting.asOf = now - 45_000;
    node.counting.round();
    assert.equal(await shown("count=false&period=today"), "a: 0");
  });

  it("are kept by nobody, and a period that there is not is a mistake", async () => {
    const { headers } = await get("/badge/a.svg?period=today");
    assert.match(headers.get("cache-control") ?? "", /no-store/);
    assert.deepEqual([headers.get("etag"), headers.get("problem-type")], [null, null]);
    for (const path of ["/badge/a.svg", "/digits/a.svg"])
      assert.match((await shown("period=year", path)) ?? "", /^a: not counted: period is &quot;year&quot;/);
    assert.equal(node.counting.accepted, 1);
  });
});

/** The same of a real node, with its ledger. */
describe("ways: numbers of today, of a real node", () => {
  it("are the hits that it counted", async () => {
    const { url, end } = await startRealNode(undefined, OPEN_ACCESS, 0);
    const shown = async (query: string) =>
      titleOf(await (await fetch(`${url}/badge/a.svg?label=&count=false&${query}`)).text());
    const began = new Date().getUTCDate();
    try {
      for (let hits = 0; hits < 5; hits++) await fetch(`${url}/badge/a.svg`);
      await eventually(async () => (await shown("period=week")) === "5");
      assert.equal(await shown("period=month"), "5");
      const today = await shown("period=today");
      assert.equal(today, began === new Date().getUTCDate() ? "5" : today);
    } finally {
      await end();
    }
  });
});

function titleOf(svg: string): string | undefined {
  return /<title>([^<]*)<\/title>/.exec(svg)?.[1];
}
