import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { exchange, parseResponse, request } from "../raw_client.ts";
import { type Serving, serve } from "../serving.ts";

/** The script is small and any site may include it. */
describe("ways: the script", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  /** As a browser asks: `fetch` here would add that it wants nothing kept. */
  const get = async (headers: string[] = [], method = "GET") =>
    parseResponse(await exchange(node.port, request(`${method} /count.js`, headers)));

  it("is under 1.5 kB compressed, the same as plain, and each has its own tag for caches", async () => {
    const plain = await get();
    const zipped = await get(["Accept-Encoding: gzip"]);
    assert.equal(zipped.headers.get("content-encoding"), "gzip");
    assert.ok(zipped.body.length > 100 && zipped.body.length < 1_500, `${zipped.body.length}`);
    assert.equal(gunzipSync(Buffer.from(zipped.body, "latin1")).toString(), plain.body);
    for (const { headers } of [plain, zipped]) assert.equal(headers.get("vary"), "Accept-Encoding");
    const etag = zipped.headers.get("etag") ?? "";
    assert.notEqual(etag, plain.headers.get("etag"));
    assert.equal((await get(["Accept-Encoding: gzip", `If-None-Match: ${etag}`])).status, 304);
  });

  it("is a script, and any page may include it", async () => {
    const { status, headers, body } = await get();
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "text/javascript; charset=utf-8");
    assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.ok(body.length > 100, `${body.length}`);
  });

  it("may be kept for an hour, and is sent again only when it changed", async () => {
    const { headers } = await get();
    assert.match(headers.get("cache-control") ?? "", /public, max-age=3600/);
    const etag = headers.get("etag") ?? "";
    const again = await get([`If-None-Match: ${etag}`]);
    assert.deepEqual([again.status, again.body, again.headers.get("etag")], [304, "", etag]);
    assert.equal((await get(['If-None-Match: "another"'])).status, 200);
    const head = await get([], "HEAD");
    assert.deepEqual([head.status, head.headers.get("etag"), head.body], [200, etag, ""]);
  });
});
