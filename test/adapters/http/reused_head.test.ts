import assert from "node:assert/strict";
import { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../eventually.ts";
import { exchange, parseResponse, RawClient } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

const HIT = "POST /v1/counters/visits/hits HTTP/1.1\r\nHost: a\r\n\r\n";

const SEEN = 40;

/** Responses to hits have the headers that node:http would write, though it writes them only once a second. */
describe("HTTP: heads of responses to hits", () => {
  let node: Serving;
  let written = 0;
  const { writeHead } = ServerResponse.prototype;
  beforeEach(async () => {
    written = 0;
    ServerResponse.prototype.writeHead = function (this: ServerResponse, ...args: never[]) {
      written += 1;
      return (writeHead as (...args: never[]) => ServerResponse).apply(this, args);
    } as typeof writeHead;
    node = await serve();
    node.counting.totals.set("visits", 8n);
  });
  afterEach(async () => {
    ServerResponse.prototype.writeHead = writeHead;
    await node.close(100);
  });

  async function responses(count: number): Promise<string[]> {
    const client = await RawClient.open(node.port);
    client.send(HIT.repeat(count));
    await eventually(() => client.statuses.length === count && client.received.endsWith("}"));
    client.socket.destroy();
    return client.received.split(/(?<=\})(?=HTTP)/);
  }

  it("are written by node:http once a second, and are the same but for the length", async () => {
    const all = await responses(40);
    assert.ok(written <= 2, `node:http wrote ${written} heads for 40 responses`);
    const parsed = all.map((text) => parseResponse(text));
    const names = parsed.map(({ headers }) => [...headers.keys()].join());
    assert.equal(new Set(names).size, 1);
    for (const { status, headers, body } of parsed) {
      assert.equal(status, 200);
      assert.equal(Number(headers.get("content-length")), body.length);
      assert.equal(headers.get("connection"), "keep-alive");
    }
    assert.ok(new Set(parsed.map(({ body }) => body.length)).size > 1, "all have the same length");
  });

  for (const [what, request] of [
    ["pages", "GET /"],
    ["badges", "GET /badge/visits.svg"],
    ["digits", "GET /digits/visits.svg"],
    ["pixels", "GET /pixel/visits.gif"],
    ["views", "POST /v1/visits?site=blog.example&path=/a&visit=true"],
  ]) {
    it(`are written once a second for ${what}, too, and koa's responses between them have their own`, async () => {
      const before = await fetch(node.url + request!.slice(request!.indexOf("/")), {
        method: request!.split(" ", 1)[0]!,
      });
      written = 0;
      const client = await RawClient.open(node.port);
      const one = `${request} HTTP/1.1\r\nHost: a\r\n\r\n`;
      const ofKoa = "HEAD /badge/visits.svg HTTP/1.1\r\nHost: a\r\n\r\n";
      client.send(one.repeat(SEEN / 2) + ofKoa + one.repeat(SEEN / 2));
      await eventually(() => client.statuses.length === SEEN + 1);
      client.socket.destroy();
      assert.ok(written <= 6, `node:http wrote ${written} heads for ${SEEN} responses`);
      const heads = client.received.split(/(?=HTTP\/1\.1 200)/).map((text) => parseResponse(text).headers);
      const names = heads.map((headers) => [...headers.keys()].join());
      assert.deepEqual([heads.length, new Set(names).size <= 2], [SEEN + 1, true]);
      for (const name of ["content-type", "cache-control", "access-control-allow-origin", "content-security-policy"])
        assert.equal(heads[0]!.get(name) ?? null, before.headers.get(name), name);
    });
  }

  it("have the date of their second", async () => {
    const [before] = await responses(1);
    await sleep(1_100);
    const [after] = await responses(1);
    const dates = [before, after].map((text) => Date.parse(parseResponse(text as string).headers.get("date") ?? ""));
    assert.ok((dates[1] as number) > (dates[0] as number), String(dates));
  });

  it("say that the connection closes where it does", async () => {
    await responses(2);
    const closing = "POST /v1/counters/visits/hits HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const old = "POST /v1/counters/visits/hits HTTP/1.0\r\n\r\n";
    for (const sent of [closing, old]) {
      const { status, headers } = parseResponse(await exchange(node.port, sent));
      assert.deepEqual([status, headers.get("connection")], [200, "close"]);
    }
  });
});
