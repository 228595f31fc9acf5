import assert from "node:assert/strict";
import { exchange, parseResponse, request } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

/** A node that knows its names answers under no others: a browser would take an attacker's pages for the node's own. */
describe("HTTP: allowed hosts", () => {
  let node: Serving;
  afterEach(() => node.close(100));

  async function statusUnder(host: string): Promise<number> {
    const text = request("POST /v1/counters/visits/hits").replace("Host: counter", `Host: ${host}`);
    return parseResponse(await exchange(node.port, text)).status;
  }

  it("answers under its names, its addresses and localhost", async () => {
    node = await serve({ allowedHosts: new Set(["counter.example", "counter"]), url: "https://public.example/x" });
    const own = ["counter.example", "COUNTER.example:8443", "counter", "public.example", "10.0.0.5:4000", "[::1]:4000"];
    for (const host of [...own, "localhost:4000"]) assert.equal(await statusUnder(host), 200, host);
    assert.equal(node.counting.accepted, own.length + 1);
  });

  it("refuses all others, and counts nothing", async () => {
    node = await serve({ allowedHosts: new Set(["counter.example"]) });
    for (const host of [
      "stranger.example",
      "counter.example.",
      "x.counter.example",
      "1.2.3",
      "",
      "[::1",
      "counter.example:80:80",
    ])
      assert.equal(await statusUnder(host), 421, host);
    assert.equal(node.counting.accepted, 0);
    const response = parseResponse(await exchange(node.port, request("GET /")));
    assert.match(response.body, /problem:foreign-host".*does not answer to the name \\"counter\\"/);
  });

  it("answers under every name unless it is told its names", async () => {
    node = await serve({ url: "https://public.example" });
    assert.equal(await statusUnder("stranger.example"), 200);
  });
});
