import assert from "node:assert/strict";
import { type Serving, serve } from "./serving.ts";

/** Crawlers are kept off everything that counts. */
describe("HTTP: robots", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  const get = (path: string, options?: RequestInit) => fetch(`${node.url}${path}`, options);

  it("are told to stay away, also when they ask with a query or for the head alone", async () => {
    const response = await get("/robots.txt?x=1");
    const { status, headers } = response;
    assert.deepEqual([status, headers.get("content-type")], [200, "text/plain; charset=utf-8"]);
    // Rules of RFC 9309, without its comments.
    const rules = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    assert.deepEqual(rules, ["User-agent: *", "Disallow: /"]);
    const head = await get("/robots.txt", { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    assert.equal(head.headers.get("content-length"), headers.get("content-length"));
    assert.equal(node.counting.accepted, 0);
  });

  const COUNTING = [
    ...["/", "/?utm_source=a", "/c/visits", "/c/%76isits"],
    ...["/badge/visits.svg", "/badge/visits.svg?count=false", "/badge/a!.svg", "/badge/%76isits.svg"],
    ...["/pixel/visits.gif", "/pixel/a!.gif", "/pixel/%76isits.gif"],
  ];
  for (const path of COUNTING) {
    it(`do not index ${path}, whether it was counted or not`, async () => {
      for (const refusal of [null, "journal"] as const) {
        node.counting.refusal = refusal;
        for (const headers of [{}, { "accept-encoding": "identity" }]) {
          for (const method of ["GET", "HEAD"])
            assert.equal((await get(path, { method, headers })).headers.get("x-robots-tag"), "noindex", method);
        }
      }
    });
  }
});
