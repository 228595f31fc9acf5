import assert from "node:assert/strict";
import { USUAL_POLICY } from "../../../internal/core/access/policy.ts";
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
      assert.match(text, new RegExp(`<p class="status">${status}</p>\\n<h2>[^<]+</h2>\\n<p>[^<]+</p>`));
    });
  }

  const near = async (path: string, options: RequestInit = {}) => {
    const response = await fetch(node.url + path, { headers: { accept: BROWSER }, ...options });
    return /Did you mean <a href="([^"]*)">/.exec(await response.text())?.[1];
  };

  for (const [path, meant] of [
    ["/Counters", "/counters"],
    ["/counters/", "/counters"],
    ["/conuters", "/counters"],
    ["//openapi.jsn", "/openapi.json"],
    ["/badges/blog.svg", "/badge/blog.svg"],
    ["/c/Blog", "/c/blog"],
    ["/blog", "/c/blog"],
    ["/blogg", "/c/blog"],
    ["/c/blogg", "/c/blog"],
    ["/v1/counters/blogg", "/c/blog"],
    ["/v1/counters/blog/hits", "/c/blog"],
    ["/a.site/posts/1", "/c/a.site/posts/1"],
    ["/qqqqqqqqqqqq", undefined],
    ["/c/qqqqqqqqqqqq", undefined],
    ["/x", undefined],
    ["/%3Cscript%3E", undefined],
  ] as const) {
    it(`name what was probably meant: ${path}`, async () => {
      for (const name of ["blog", "a.site/posts/1"]) node.counting.totals.set(name, 7n);
      assert.equal(await near(path), meant);
      assert.equal(node.counting.accepted, 0);
    });
  }

  it("name no counter that strangers may not see", async () => {
    const policy = {
      ...USUAL_POLICY,
      anonymous: { usual: "count", named: new Map([["secret", "none" as const]]) },
    } as const;
    const closed = await serve({ access: { policy } });
    closed.counting.totals.set("secret", 1n);
    for (const path of ["/secret", "/secrte", "/v1/counters/secrte"]) {
      const text = await (await fetch(closed.url + path, { headers: { accept: BROWSER } })).text();
      assert.doesNotMatch(text, /Did you mean/);
    }
    await closed.close(100);
  });

  it("say when to try again, without a script", async () => {
    node.counting.copying = true;
    const text = await (await get("/counters", BROWSER)).text();
    node.counting.copying = false;
    assert.match(text, /<p class="status">503<\/p>\n<h2>Back in a moment<\/h2>/);
    assert.match(text, /<a href="">Try again<\/a> in 5 seconds/);
    const broken = await fetch(`${node.url}/counters`, { method: "POST", headers: { accept: BROWSER } });
    assert.equal(broken.status, 405);
    assert.doesNotMatch(await broken.text(), /Try again/);
  });

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
