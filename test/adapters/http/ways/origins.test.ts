import assert from "node:assert/strict";
import { jsonOf } from "../json_of.ts";
import { type Serving, serve } from "../serving.ts";

const HITS = "/v1/counters/visits/hits";
const FRIEND = "https://friend.example";
const STRANGER = "https://stranger.example";
const READABLE = [
  "/v1/counters",
  "/v1/cluster",
  "/badge/a.svg",
  "/badge/a.json?color=red",
  "/pixel/a.gif",
  "/count.js",
];

/** Pages of the sites that are allowed may count and read. Others may not. */
describe("ways: pages of other sites", () => {
  let node: Serving;
  afterEach(() => node.close(100));

  const ask = (path: string, origin: string | null, options: RequestInit = {}) =>
    fetch(`${node.url}${path}`, {
      ...options,
      headers: { ...(origin === null ? {} : { origin }), ...(options.headers as Record<string, string>) },
    });
  const sharing = ({ headers }: Response) => [headers.get("access-control-allow-origin"), headers.get("vary")];
  /** Files are sent compressed or plain, too. */
  const sharingOfAny = (response: Response) => {
    const [origin, vary] = sharing(response);
    return [origin, vary?.replace(/(?:, )?Accept-Encoding$/, "") || null];
  };
  const preflight = (path: string, origin: string) =>
    ask(path, origin, {
      method: "OPTIONS",
      headers: { "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });

  describe("when all may", () => {
    beforeEach(async () => {
      node = await serve();
    });

    it("count and read", async () => {
      for (const body of [null, '{"by":1}']) {
        const response = await ask(HITS, STRANGER, { method: "POST", body, headers: jsonHeaders(body) });
        assert.deepEqual([response.status, ...sharing(response)], [200, "*", null]);
      }
      for (const path of [...READABLE, "/v1/counters/visits"])
        assert.deepEqual(sharingOfAny(await ask(path, STRANGER)), ["*", null], path);
    });

    it("read why something is refused", async () => {
      node.counting.refusal = "journal";
      for (const path of [HITS, `${HITS}?wait=x`, "/v1/counters/A/hits"])
        assert.deepEqual(sharing(await ask(path, STRANGER, { method: "POST" })), ["*", null], path);
      for (const path of ["/badge/a.svg", "/badge/a.svg?x", "/v1/counters/never", "/v1/nothing"])
        assert.deepEqual(sharing(await ask(path, STRANGER)), ["*", null], path);
    });

    it("do not read pages and metrics", async () => {
      for (const path of ["/metrics", "/healthz", "/nothing"])
        assert.deepEqual(sharing(await ask(path, STRANGER)), [null, null], path);
      assert.deepEqual(sharing(await ask("/", STRANGER)), [null, "Accept-Encoding"]);
    });

    it("are told what they may send", async () => {
      const response = await preflight(HITS, STRANGER);
      const { headers } = response;
      assert.deepEqual([response.status, await response.text(), ...sharing(response)], [204, "", "*", null]);
      assert.equal(headers.get("access-control-allow-methods"), "GET, HEAD, POST");
      assert.equal(headers.get("access-control-allow-headers"), "Content-Type, Idempotency-Key");
      assert.equal(headers.get("access-control-max-age"), "86400");
      const reading = await preflight("/v1/counters/a", STRANGER);
      assert.equal(reading.headers.get("access-control-allow-methods"), "GET, HEAD");
    });

    it("are told so only when they ask as browsers do, and about paths that there are", async () => {
      assert.equal((await ask(HITS, STRANGER, { method: "OPTIONS" })).status, 405);
      assert.equal((await ask(HITS, null, { method: "OPTIONS" })).status, 405);
      assert.equal((await preflight("/v1/nothing", STRANGER)).status, 404);
    });
  });

  describe("when some may", () => {
    beforeEach(async () => {
      node = await serve({ allowedOrigins: new Set([FRIEND]) });
    });

    it("count and read if they are listed", async () => {
      for (const body of [null, '{"by":1}']) {
        const response = await ask(HITS, FRIEND, { method: "POST", body, headers: jsonHeaders(body) });
        assert.deepEqual([response.status, ...sharing(response)], [200, FRIEND, "Origin"]);
      }
      assert.equal(node.counting.accepted, 2);
      for (const path of READABLE) assert.deepEqual(sharingOfAny(await ask(path, FRIEND)), [FRIEND, "Origin"], path);
      const { status, headers } = await preflight(HITS, FRIEND);
      assert.deepEqual([status, headers.get("access-control-allow-methods")], [204, "GET, HEAD, POST"]);
    });

    it("neither count nor read if they are not", async () => {
      for (const origin of [STRANGER, "null", `${FRIEND}.evil.example`, FRIEND.toUpperCase()]) {
        const refused = [
          await ask(HITS, origin, { method: "POST" }),
          await ask(HITS, origin, { method: "POST", body: "{}", headers: jsonHeaders("{}") }),
          await preflight(HITS, origin),
        ];
        for (const response of refused) {
          assert.deepEqual([response.status, ...sharing(response)], [403, null, "Origin"]);
          assert.equal((await jsonOf(response)).type, "urn:global-cluster:problem:foreign-origin");
        }
        for (const path of ["/badge/a.svg", "/pixel/a.gif"]) {
          const response = await ask(path, origin);
          assert.deepEqual(sharing(response), [null, "Origin"]);
          assert.equal(response.headers.get("problem-type"), "urn:global-cluster:problem:foreign-origin");
        }
        assert.deepEqual(sharing(await ask("/v1/cluster", origin)), [null, "Origin"]);
      }
      assert.equal(node.counting.accepted, 0);
    });

    it("get answers that no cache gives to another site", async () => {
      assert.deepEqual(sharing(await ask(HITS, null, { method: "POST" })), [null, "Origin"]);
      for (const path of READABLE) assert.deepEqual(sharingOfAny(await ask(path, null)), [null, "Origin"], path);
      assert.deepEqual(sharing(await ask("/v1/events", FRIEND, { method: "HEAD" })), [
        FRIEND,
        "Origin, Accept-Encoding",
      ]);
    });

    it("are no matter for images, curl and servers, nor for the node's own pages", async () => {
      assert.equal((await ask(HITS, null, { method: "POST" })).status, 200);
      assert.equal((await ask("/pixel/a.gif", null)).status, 200);
      assert.equal((await ask(HITS, node.url, { method: "POST" })).status, 200);
      assert.equal(node.counting.accepted, 3);
    });
  });
});

function jsonHeaders(body: string | null): Record<string, string> {
  return body === null ? {} : { "content-type": "application/json" };
}
