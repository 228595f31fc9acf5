import assert from "node:assert/strict";
import { openapi } from "../../../internal/adapters/http/openapi/openapi.ts";
import { jsonOf } from "./json_of.ts";
import { exchange, parseResponse, request } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

/** Every method of every path that there is, with a counter's name in it. */
const REQUESTS = Object.entries(openapi().paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace("{file}", "icon.svg")}`),
);

/** Every answer has the headers that keep browsers and proxies from guessing or keeping it. */
describe("HTTP: headers of every answer", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
    node.counting.totals.set("visits", 1n);
  });
  afterEach(() => node.close(100));

  const answerTo = (line: string) => {
    const [method = "", path = ""] = line.replace("{name}", "visits").split(" ");
    return fetch(node.url + path, { method });
  };

  it("are asked for on every path", () => assert.ok(REQUESTS.length > 30, String(REQUESTS.length)));

  for (const line of REQUESTS) {
    it(`of ${line}: nobody guesses what it is, and no proxy keeps a refusal or a count`, async () => {
      for (const refusal of [null, "draining", "not-allowed"] as const) {
        node.counting.refusal = refusal;
        node.counting.draining = refusal === "draining";
        const { headers, status, body } = await answerTo(line);
        await body?.cancel();
        assert.equal(headers.get("x-content-type-options"), "nosniff");
        const mayBeKept = status < 400 && /\.(svg|js|json|txt)$/.test(line) && !line.includes("badge");
        if (!mayBeKept) assert.match(headers.get("cache-control") ?? "", /\bno-store\b/, String(status));
      }
    });
  }

  it("are those of a refusal also where no route is reached", async () => {
    const lines = [
      "GET /nothing",
      "DELETE /v1/cluster",
      "GET /assets/none.js",
      "POST /v1/counters/A/hits",
      "CONNECT a:1",
    ];
    const raw = [
      ...lines.map((line) => request(line)),
      "no HTTP\r\n\r\n",
      "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    ];
    for (const sent of raw) {
      const { status, headers } = parseResponse(await exchange(node.port, sent));
      assert.ok(status >= 400, sent);
      assert.deepEqual([headers.get("cache-control"), headers.get("x-content-type-options")], ["no-store", "nosniff"]);
    }
  });

  it("are on what the fast path answers and on what it leaves to others", async () => {
    for (const path of ["/v1/counters/visits/hits", "/v1/counters/%76isits/hits"]) {
      const { headers } = await fetch(node.url + path, { method: "POST" });
      assert.deepEqual([headers.get("cache-control"), headers.get("x-content-type-options")], ["no-store", "nosniff"]);
    }
  });

  it("come with the word that nothing was counted, wherever a hit was refused", async () => {
    const wrong = ["POST /v1/counters/A/hits", "GET /c/A"];
    for (const line of [...wrong, "POST /v1/counters/a/hits?by=3", "POST /pixel/a.gif", "GET /pixel/a.png"])
      assert.equal((await jsonOf(answerTo(line))).counted, false, line);
    node.counting.read = () => {
      throw new Error("after the hit");
    };
    assert.equal((await jsonOf(answerTo("GET /v1/counters/visits"))).counted, undefined);
  });
});
