import assert from "node:assert/strict";
import { type Serving, serve } from "./serving.ts";

/** Each counter has a page of its own, and a visit of it counts. */
describe("HTTP: the page of any counter", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  const get = (path: string, method = "GET") => fetch(`${node.url}${path}`, { method });
  const number = (html: string) => /You are visit number <strong>([^<]*)</.exec(html)?.[1];

  it("counts a visit of that counter, and tells the visitor its number without any script", async () => {
    node.counting.totals.set("blog.post-1", 1_203n);
    assert.equal(number(await (await get("/c/blog.post-1")).text()), "1,204");
    assert.equal(number(await (await get("/c/blog.post-1?from=feed")).text()), "1,205");
    assert.equal(number(await (await get("/c/blog%2Epost-1")).text()), "1,206");
    node.counting.totals.set("other", 0n);
    assert.equal(number(await (await get("/c/other")).text()), "1");
    assert.deepEqual([...node.counting.pending.keys()], ["blog.post-1", "other"]);
  });

  it("keeps the pages of many counters apart", async () => {
    const names = Array.from({ length: 120 }, (_, i) => `c${i}`);
    for (const name of names) node.counting.totals.set(name, 0n);
    for (const times of [1, 2]) {
      for (const name of names) {
        const html = await (await get(`/c/${name}`)).text();
        assert.match(html, new RegExp(`<strong>${name}</strong>`));
        assert.equal(number(html), String(times));
      }
    }
  });

  it("counts nothing for HEAD, nor under a name that cannot be", async () => {
    assert.equal((await get("/c/visits", "HEAD")).status, 200);
    for (const name of ["Visits", "-a", "a%20b", "x".repeat(129), "visits/", "a//b"])
      assert.equal((await get(`/c/${name}`)).status, 400);
    for (const path of ["/c", "/c/"]) assert.equal((await get(path)).status, 404);
    assert.equal(node.counting.accepted, 0);
  });

  it("says what a counter is that is not counted, with the status of the refusal", async () => {
    for (const [refusal, status] of [
      ["not-allowed", 403],
      ["too-many-counters", 409],
      ["journal", 503],
    ] as const) {
      node.counting.refusal = refusal;
      const response = await get("/c/visits");
      assert.equal(response.status, status);
      assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
      assert.match(await response.text(), /Your visit was not counted/);
    }
  });

  it("is protected like any page", async () => {
    for (const path of ["/", "/c/visits"]) {
      for (const method of ["GET", "HEAD"]) {
        const { headers } = await get(path, method);
        const policy = headers.get("content-security-policy") ?? "";
        for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"])
          assert.ok(policy.split("; ").includes(rule), rule);
        assert.equal(headers.get("x-content-type-options"), "nosniff");
        assert.equal(headers.get("referrer-policy"), "no-referrer");
        assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
        assert.match(headers.get("permissions-policy") ?? "", /camera=\(\)/);
        assert.equal(headers.get("cache-control"), "no-store");
      }
    }
  });
});
