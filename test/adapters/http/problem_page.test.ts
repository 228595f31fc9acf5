import assert from "node:assert/strict";
import { jsonOf } from "./json_of.ts";
import { type Serving, serve } from "./serving.ts";

/** What Chromium sends for an address that a person goes to. */
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

/** People get a problem as a page, programs as JSON, with the same words and status. */
describe("HTTP: problems for people", () => {
  let node: Serving;
  before(async () => {
    node = await serve();
  });
  after(() => node.close(100));

  const get = (path: string, accept: string) => fetch(node.url + path, { headers: { accept } });

  for (const [path, status] of [
    ["/nothing", 404],
    ["/c/Visits", 400],
    ["/assets/never", 404],
    ["/v1/counters/never", 404],
  ] as const) {
    it(`are a page in the words that programs get, with the same status: ${path}`, async () => {
      const page = await get(path, BROWSER);
      const program = await get(path, "*/*");
      assert.deepEqual([page.status, program.status], [status, status]);
      assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
      assert.match(page.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
      assert.equal(page.headers.get("cache-control"), "no-store");
      const { title, detail, remedy } = await jsonOf(program);
      const text = (await page.text()).replaceAll("&quot;", '"').replaceAll("&#39;", "'");
      for (const words of [title, detail, remedy]) assert.ok(text.includes(`>${words}</`), String(words));
      assert.match(text, /<a href="\/">/);
    });
  }

  it("hold whatever was asked for as text", async () => {
    const text = await (await get("/c/%3Cscript%3Ealert(1)%3C%2Fscript%3E", BROWSER)).text();
    assert.doesNotMatch(text, /<script/);
    assert.match(text, /&lt;script&gt;/);
  });

  it("are JSON for everybody else", async () => {
    for (const accept of ["application/json", "*/*", "image/avif,image/webp,*/*", "application/json, text/html"]) {
      const { headers } = await get("/nothing", accept);
      assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/, accept);
    }
  });

  it("count nothing", () => assert.equal(node.counting.accepted, 0));
});
