import assert from "node:assert/strict";
import { hourAt } from "../../../internal/core/days/hour.ts";
import { type Serving, serve } from "./serving.ts";

/** The page of all counters links each, and counts nothing. */
describe("HTTP: the page of all counters", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  const page = async (path: string) => (await fetch(node.url + path)).text();
  const rows = (html: string) =>
    [...html.matchAll(/<a href="(\/c\/[^"]+)">([^<]+)<\/a><\/th><td[^>]*>([^<]*)</g)].map(([, ...row]) => row);
  const next = (html: string) => /href="(\/counters\?after=[^"]+)"/.exec(html)?.[1];

  it("links the page of each, with its total, page by page to the last, and counts nothing", async () => {
    const names = Array.from({ length: 250 }, (_, index) => `c${String(index).padStart(3, "0")}`);
    for (const name of names) node.counting.totals.set(name, 1_234_567n);
    const seen: string[] = [];
    let path: string | undefined = "/counters";
    while (path !== undefined) {
      const html = await page(path);
      for (const [link, name = "", total] of rows(html)) {
        assert.deepEqual([link, total], [`/c/${name}`, "1,234,567"]);
        seen.push(name);
      }
      assert.doesNotMatch(html, /<script|style=/);
      path = next(html);
    }
    assert.deepEqual(seen, names);
    assert.equal(node.counting.accepted, 0);
  });

  it("shows a folder for all names that go on with a slash, page by page, and searches by the beginning", async () => {
    for (let at = 0; at < 150; at++) node.counting.totals.set(`site-${String(at).padStart(3, "0")}/a/b`, 1n);
    for (const name of ["blog", "blog/posts/1", "blog/posts/2", "blog/about", "blog-2"])
      node.counting.totals.set(name, 7n);
    const links = (html: string) => [...html.matchAll(/<th scope="row"><a href="([^"]+)">/g)].map(([, link]) => link);
    const first = await page("/counters");
    assert.deepEqual(links(first).slice(0, 4), [
      "/c/blog",
      "/c/blog-2",
      "/counters?prefix=blog%2F",
      "/counters?prefix=site-000%2F",
    ]);
    const second = links(await page((next(first) ?? "").replace("&amp;", "&")));
    assert.deepEqual([links(first).length, second.length, second.at(-1)], [100, 53, "/counters?prefix=site-149%2F"]);
    assert.deepEqual(links(await page("/counters?prefix=Blog%2F")), [
      "/c/blog/about",
      "/counters?prefix=blog%2Fposts%2F",
    ]);
    assert.deepEqual(links(await page("/counters?prefix=blog/posts/")), ["/c/blog/posts/1", "/c/blog/posts/2"]);
    assert.deepEqual(links(await page("/counters?prefix=blog")), ["/c/blog", "/c/blog-2", "/counters?prefix=blog%2F"]);
    assert.match(await page("/counters?prefix=none"), /There are no counters that begin with none\./);
    assert.equal((await fetch(`${node.url}/counters?prefix=%3Cb%3E`)).status, 400);
    assert.equal((await fetch(`${node.url}/counters?sort=age`)).status, 400);
  });

  it("shows the largest", async () => {
    for (const [name, total] of [
      ["a", 1n],
      ["b/c", 3n],
      ["d", 2n],
    ] as const)
      node.counting.totals.set(name, total);
    assert.deepEqual(rows(await page("/counters?sort=total")), [
      ["/c/b/c", "b/c", "3"],
      ["/c/d", "d", "2"],
      ["/c/a", "a", "1"],
    ]);
  });

  it("shows the hits of today, and sorts by them, also those that are not among the largest", async () => {
    node.counting.asOf = Date.now();
    const hour = hourAt(Date.now());
    // A ledger that is older than this day.
    node.counting.hours = [{ of: "old", hour: hour - 48, hits: 1 }];
    for (const [name, total, today] of [
      ["a", 9_000n, 0],
      ["b/c", 3_000n, 1_200],
      ["d", 2_000n, 30],
    ] as const) {
      node.counting.totals.set(name, total);
      if (today > 0) node.counting.hours.push({ of: name, hour, hits: today });
    }
    const all = (html: string) =>
      [...html.matchAll(/<th scope="row">.*?>([^<]+)<\/a><\/th><td>([^<]*)<\/td><td>([^<]*)</g)].map(
        ([, ...row]) => row,
      );
    assert.deepEqual(all(await page("/counters")), [
      ["a", "9,000", "0"],
      ["b/&hellip;", "", ""],
      ["d", "2,000", "30"],
    ]);
    assert.deepEqual(all(await page("/counters?sort=today")), [
      ["b/c", "3,000", "1,200"],
      ["d", "2,000", "30"],
    ]);
    assert.match(await page("/counters?sort=today"), /those with most hits today first/);
    for (let at = 0; at < 100; at++) node.counting.totals.set(`large-${at}`, 1_000_000n);
    node.counting.round();
    assert.deepEqual(all(await page("/counters?sort=today"))[0], ["b/c", "3,000", "1,200"]);
    node.counting.hours = [];
    assert.match(await page("/counters?sort=today"), /<p>No counter has hits of today yet\.<\/p>/);
    node.counting.days = "loading";
    node.counting.round();
    assert.deepEqual(all(await page("/counters?sort=today"))[0], ["large-0", "1,000,000", "&#8211;"]);
    assert.match(await page("/counters?sort=today"), /does not know yet which counters have most hits today/);
    assert.equal(node.counting.accepted, 0);
  });

  it("says that there are none", async () => {
    assert.match(await page("/counters"), /<p>There are no counters\.<\/p>/);
    assert.match(await page("/counters?after=z"), /<p>There are no counters after z\.<\/p>/);
  });

  it("is linked by the page, and refuses what is no name", async () => {
    assert.match(await page("/"), /<a href="\/counters">Counters<\/a>/);
    assert.equal((await fetch(`${node.url}/counters?after=%3Cb%3E`)).status, 400);
    const { headers } = await fetch(`${node.url}/counters`);
    assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'/);
    assert.match(headers.get("content-type") ?? "", /^text\/html/);
  });
});
