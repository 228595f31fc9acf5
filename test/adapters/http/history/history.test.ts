import assert from "node:assert/strict";
import { jsonOf } from "../json_of.ts";
import { type Serving, serve } from "../serving.ts";

/** 2026-11-29, 10 o'clock. */
const TEN = 20_786 * 24 + 10;

/** `GET /v1/counters/{name}/history`: hits by UTC hour or day, and what a question may be. */
describe("HTTP: hits by hour", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
    node.counting.totals.set("blog", 20n);
    node.counting.hours = [
      { of: "blog", hour: TEN - 24, hits: 2 },
      { of: "other", hour: TEN, hits: 9 },
      { of: "blog", hour: TEN, hits: 3 },
      { of: "blog", hour: TEN + 1, hits: 7 },
    ];
  });
  afterEach(() => node.close(100));

  const ask = (query: string, name = "blog") => fetch(`${node.url}/v1/counters/${name}/history${query}`);

  it("are given by the hour", async () => {
    assert.deepEqual(await jsonOf(ask("?from=2026-11-29T10:00Z&to=2026-11-29T11:30:00Z&by=hour")), {
      counter: "blog",
      by: "hour",
      from: "2026-11-29T10:00:00.000Z",
      to: "2026-11-29T12:00:00.000Z",
      since: "2026-11-28T10:00:00.000Z",
      asOf: "2023-11-14T22:13:20.000Z",
      version: 1,
      hits: [
        { at: "2026-11-29T10:00:00.000Z", hits: 3 },
        { at: "2026-11-29T11:00:00.000Z", hits: 7 },
      ],
    });
  });

  it("are given by the day, in whole days", async () => {
    const { by, from, to, hits } = await jsonOf(ask("?from=2026-11-28T05:00:00Z&to=2026-11-29T00:00:01.5Z"));
    assert.deepEqual([by, from, to], ["day", "2026-11-28T00:00:00.000Z", "2026-11-30T00:00:00.000Z"]);
    assert.deepEqual(hits, [
      { at: "2026-11-28T00:00:00.000Z", hits: 2 },
      { at: "2026-11-29T00:00:00.000Z", hits: 10 },
    ]);
  });

  it("are none where there were none", async () => {
    node.counting.hours = [];
    const { hits, since } = await jsonOf(ask("?from=2026-11-28&to=2026-11-29"));
    assert.deepEqual([hits, since], [[], null]);
  });

  it("of names with slashes, also of one that ends like this path", async () => {
    node.counting.totals.set("blog/history", 4n);
    assert.equal((await jsonOf(ask("", "blog"))).committed, 4);
    assert.equal((await jsonOf(ask("?from=2026-11-28&to=2026-11-29", "blog"))).counter, "blog");
    assert.equal((await jsonOf(ask("?from=2026-11-28&to=2026-11-29", "blog/history"))).counter, "blog/history");
  });

  for (const [query, detail] of [
    ["", "There is no from."],
    ["?from=2026-11-28", "There is no to."],
    ["?from=yesterday&to=2026-11-29", 'from is "yesterday".'],
    ["?from=2026-02-29&to=2026-11-29", 'from is "2026-02-29".'],
    ["?from=2026-11-28T24:00Z&to=2026-11-29", 'from is "2026-11-28T24:00Z".'],
    ["?from=2026-11-28T10:00&to=2026-11-29", 'from is "2026-11-28T10:00".'],
    ["?from=1969-12-31&to=2026-11-29", 'from is "1969-12-31".'],
    ["?from=2026-11-29&to=2026-11-29", "from is not before to."],
    ["?from=2026-11-30&to=2026-11-29", "from is not before to."],
    ["?from=2016-11-29&to=2026-11-29&by=hour", "From 2016-11-29 to 2026-11-29 are 87648 hours."],
    ["?from=2016-11-29&to=2026-11-29", "From 2016-11-29 to 2026-11-29 are 3652 days."],
    ["?from=2026-11-28&to=2026-11-29&by=week", 'by is "week".'],
    ["?from=2026-11-28&from=2026-11-28&to=2026-11-29", "from comes more than once."],
    ["?from=2026-11-28&to=2026-11-29&region=eu", 'There is no parameter "region" here.'],
  ] as const)
    it(`are not given for "${query}", and a problem says why`, async () => {
      const response = await ask(query);
      const { detail: said, remedy } = await jsonOf(response);
      assert.equal(response.status, 400);
      assert.equal(said, detail);
      assert.ok(String(remedy).length > 0);
    });

  it("are not given for a counter that nobody has counted, nor for no name", async () => {
    assert.equal((await ask("?from=2026-11-28&to=2026-11-29", "never")).status, 404);
    assert.equal((await ask("?from=2026-11-28&to=2026-11-29", "-")).status, 400);
  });

  for (const [days, kind] of [
    ["loading", "catching-up"],
    ["upgrading", "upgrading"],
  ] as const)
    it(`are not given while the node has none (${days})`, async () => {
      node.counting.days = days;
      const response = await ask("?from=2026-11-28&to=2026-11-29");
      assert.equal(response.status, 503);
      assert.ok(response.headers.has("retry-after"));
      assert.equal((await jsonOf(response)).type, `urn:global-cluster:problem:${kind}`);
    });

  it("cannot be changed", async () => {
    const response = await fetch(`${node.url}/v1/counters/blog/history`, { method: "POST" });
    assert.equal(response.status, 405);
  });
});
