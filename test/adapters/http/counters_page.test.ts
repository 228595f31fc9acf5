import assert from "node:assert/strict";
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
