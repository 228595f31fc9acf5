import assert from "node:assert/strict";
import { type Serving, serve } from "../serving.ts";

/** A pixel counts one hit and is a GIF of 43 bytes. No cache keeps it. */
describe("ways: the pixel", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  const get = (path: string, options?: RequestInit) => fetch(`${node.url}${path}`, options);

  it("counts, and is a GIF of 43 bytes", async () => {
    const response = await get("/pixel/visits.gif");
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "image/gif"]);
    assert.equal(bytes.length, 43);
    assert.equal(response.headers.get("content-length"), "43");
    // Version, width and height, palette of two; the block that makes colour 0 transparent; the end.
    assert.equal(bytes.toString("latin1", 0, 6), "GIF89a");
    assert.deepEqual([bytes.readUInt16LE(6), bytes.readUInt16LE(8), bytes[10]], [1, 1, 0x80]);
    assert.deepEqual([...bytes.subarray(19, 27)], [0x21, 0xf9, 4, 1, 0, 0, 0, 0]);
    assert.equal(bytes[42], 0x3b);
    assert.equal(node.counting.pending.get("visits"), 1);
  });

  it("is kept by nobody, can be embedded everywhere, and HEAD counts nothing", async () => {
    const counted = await get("/pixel/a.gif", { headers: { "if-none-match": "*" } });
    const head = await get("/pixel/a.gif", { method: "HEAD" });
    for (const { status, headers } of [counted, head]) {
      assert.equal(status, 200);
      assert.match(headers.get("cache-control") ?? "", /max-age=0.*no-store/);
      assert.equal(headers.get("etag"), null);
      assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin");
      assert.equal(headers.get("content-length"), "43");
    }
    assert.equal(node.counting.accepted, 1);
  });

  it("counts under a name that is written with escapes", async () => {
    assert.equal((await get("/pixel/%61.gif")).status, 200);
    assert.equal(node.counting.pending.get("a"), 1);
  });

  it("counts whatever its query says, and takes capital letters for small ones", async () => {
    for (const path of ["/pixel/My-Repo.gif", "/pixel/my-repo.gif?v=2", "/pixel/%4dy-repo.gif?v=2&v=3"])
      assert.equal((await get(path)).headers.get("problem-type"), null);
    assert.equal(node.counting.pending.get("my-repo"), 3);
  });

  it("refuses what it does not know, and counts nothing", async () => {
    for (const [path, status] of [
      ["/pixel/a.png", 404],
      ["/pixel/a", 404],
    ] as const) {
      assert.equal((await get(path)).status, status, path);
    }
    assert.equal((await get("/pixel/a.gif", { method: "POST" })).status, 405);
    assert.equal(node.counting.accepted, 0);
  });

  it("is a pixel too where nothing was counted, and says why in a header", async () => {
    node.counting.refusal = "journal";
    for (const [path, kind] of [
      ["/pixel/a.gif", "journal"],
      ["/pixel/%61.gif", "journal"],
      ["/pixel/a!.gif", "bad-name"],
    ] as const) {
      const { status, headers } = await get(path);
      assert.deepEqual([status, headers.get("content-type"), headers.get("content-length")], [200, "image/gif", "43"]);
      assert.equal(headers.get("problem-type"), `urn:global-cluster:problem:${kind}`, path);
      assert.match(headers.get("cache-control") ?? "", /no-store/);
    }
  });
});
