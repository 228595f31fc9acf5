import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../eventually.ts";
import { jsonOf } from "./json_of.ts";
import { OPEN_ACCESS } from "./open_access.ts";
import { parseResponse, RawClient } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

const HIT = "POST /v1/counters/visits/hits HTTP/1.1\r\nHost: a\r\n";
const SHORT = { headers: 1_000, request: 2_000, keepAlive: 30_000, stalled: 30_000 };

/**
 * On one connection requests are answered in order. One that is slow or broken is closed, and costs the others
 * nothing.
 */
describe("HTTP: connections", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve({ limits: SHORT, access: OPEN_ACCESS });
  });
  afterEach(() => node.close(100));

  async function clientThatSent(bytes: string): Promise<RawClient> {
    const client = await RawClient.open(node.port);
    client.send(bytes);
    return client;
  }

  it("answers pipelined requests in order, and counts each once", async () => {
    const client = await clientThatSent(
      `${`${HIT}\r\n`.repeat(200)}${HIT}Content-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    await client.untilClosed();
    const values = [...client.received.matchAll(/"value":(\d+)/g)].map(([, value]) => Number(value));
    assert.deepEqual(
      values,
      Array.from({ length: 201 }, (_, index) => index + 1),
    );
    assert.equal(node.counting.accepted, 201);
  });

  it("keeps the order when a slower request comes first", async () => {
    const slow = `POST /v1/counters/visits/hits?wait=committed HTTP/1.1\r\nHost: a\r\n\r\n`;
    const client = await clientThatSent(`${slow}${HIT}\r\nGET /v1/counters/never HTTP/1.1\r\nHost: a\r\n\r\n`);
    await node.counting.untilWaiting(1);
    await eventually(() => node.counting.accepted === 2);
    assert.equal(client.received, "");
    node.counting.round();
    await eventually(() => client.statuses.length === 3);
    assert.deepEqual(client.statuses, [200, 200, 404]);
    client.socket.destroy();
  });

  it("answers what was asked before a broken request, then the broken one, then closes", async () => {
    const client = await clientThatSent(`${HIT}\r\n${HIT}\r\nnonsense\r\n\r\n`);
    await client.untilClosed();
    assert.deepEqual(client.statuses, [200, 200, 400]);
    assert.equal(node.counting.accepted, 2);
  });

  it("waits with the answer to a broken request for a hit that waits to be committed", async () => {
    const client = await clientThatSent(
      "POST /v1/counters/visits/hits?wait=committed HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n",
    );
    await node.counting.untilWaiting(1);
    assert.equal(client.received, "");
    node.counting.round();
    await client.untilClosed();
    assert.deepEqual(client.statuses, [200, 400]);
  });

  it("closes a connection whose client reads nothing of its responses", async () => {
    await node.close(100);
    node = await serve({ limits: { ...SHORT, stalled: 400 } });
    const lazy = await clientThatSent(`${"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500)}`);
    lazy.socket.pause();
    await sleep(3_000);
    lazy.socket.resume();
    await lazy.untilClosed();
    assert.ok(lazy.statuses.length < 500, `${lazy.statuses.length} responses`);
  });

  const SLOW: readonly [name: string, sent: string][] = [
    ["that never says anything", ""],
    ["that stops inside its headers", HIT],
    ["that stops inside its body", `${HIT}Content-Type: application/json\r\nContent-Length: 8\r\n\r\n{"by`],
    ["that stops inside a chunk", `${HIT}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"b`],
  ];
  for (const [name, sent] of SLOW) {
    it(`closes a connection ${name}, with a 408, and counts nothing`, async () => {
      const client = await clientThatSent(sent);
      await client.untilClosed();
      const { status, headers, body } = parseResponse(client.received);
      assert.equal(status, 408);
      assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/);
      assert.equal(JSON.parse(body).type, "urn:global-cluster:problem:too-slow");
      assert.equal(node.counting.accepted, 0);
    });
  }

  it("closes a connection that drips its headers", async () => {
    const client = await clientThatSent(HIT);
    const drip = setInterval(() => client.send("x-slow: 1\r\n"), 50);
    await client.untilClosed().finally(() => clearInterval(drip));
    assert.deepEqual(client.statuses, [408]);
  });

  it("counts nothing when the client goes away inside its body", async () => {
    const body = `${HIT}Content-Type: application/json\r\nContent-Length: 8\r\n\r\n{"by":3`;
    for (const leave of ["end", "resetAndDestroy", "destroy"] as const) {
      const client = await clientThatSent(body);
      client.socket[leave]();
      await client.untilClosed();
    }
    const response = await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" });
    assert.equal((await jsonOf(response)).value, 1);
    assert.deepEqual(node.logged, []);
  });

  it("counts a hit whose client goes away after its request, and goes on", async () => {
    const client = await clientThatSent(`${HIT}\r\n`);
    client.socket.resetAndDestroy();
    await eventually(async () => (await fetch(`${node.url}/healthz`)).ok);
    assert.deepEqual(node.logged, []);
  });

  it("serves on while thousands of connections idle, and lets them go", async () => {
    const access = { trustedProxies: ["127.0.0.1"] };
    const roomy = await serve({ limits: { ...SHORT, headers: 2500, request: 2500 }, access });
    const idle = await Promise.all(Array.from({ length: 2000 }, () => RawClient.open(roomy.port)));
    for (const client of idle.slice(0, 1000)) client.send("GET / HTTP/1.1\r\nx: ");
    for (let count = 1; count <= 20; count += 1) {
      const response = await fetch(`${roomy.url}/v1/counters/visits/hits`, { method: "POST" });
      assert.equal((await jsonOf(response)).value, count);
    }
    await eventually(() => idle.every(({ closed }) => closed));
    assert.equal(roomy.counting.accepted, 20);
    await roomy.close(100);
  });

  it("takes Expect: 100-continue", async () => {
    const client = await clientThatSent(
      `${HIT}Connection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n`,
    );
    await eventually(() => client.received.includes("100 Continue"));
    assert.equal(node.counting.accepted, 0);
    client.send('{"by":3}');
    await client.untilClosed();
    assert.deepEqual(client.statuses, [100, 200]);
    assert.equal(node.counting.accepted, 3);
  });

  for (const header of ["Connection: Upgrade\r\nUpgrade: h2c", "Connection: Upgrade\r\nUpgrade: websocket"]) {
    it(`answers a request that asks for ${header.split(" ").at(-1)}, and closes its connection`, async () => {
      const client = await clientThatSent(`${HIT}${header}\r\n\r\n${HIT}\r\n`);
      await client.untilClosed();
      assert.deepEqual([client.statuses, client.brokenBy], [[200], null]);
      assert.equal(parseResponse(client.received).headers.get("connection"), "close");
      assert.equal(node.counting.accepted, 1);
    });
  }

  const BAD_HOSTS: readonly [name: string, text: string, status: number, kind: string][] = [
    ["two Host headers", "GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", 400, "two-hosts"],
    ["the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "two-hosts"],
    ["two of them in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "two-hosts"],
    ["none", "GET / HTTP/1.1\r\n\r\n", 400, "no-host"],
  ];
  for (const [name, text, status, kind] of BAD_HOSTS) {
    it(`refuses a request with ${name}, and counts nothing`, async () => {
      const client = await clientThatSent(`${text}${HIT}\r\n`);
      await client.untilClosed();
      const response = parseResponse(client.received);
      assert.deepEqual([client.statuses, response.headers.get("connection")], [[status], "close"]);
      assert.match(response.body, new RegExp(`problem:${kind}"`));
      assert.equal(node.counting.accepted, 0);
    });
  }

  const BEFORE_TUNNELS: readonly [name: string, text: string, statuses: number[]][] = [
    ["alone", "", [405]],
    ["behind a hit", `${HIT}\r\n`, [200, 405]],
    ["behind a hit that closes the connection", `${HIT}Connection: close\r\n\r\n`, [200]],
    ["behind a request with two Host headers", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", [400]],
  ];
  for (const [name, text, statuses] of BEFORE_TUNNELS) {
    it(`refuses CONNECT ${name}, in order, and goes on serving`, async () => {
      const client = await clientThatSent(`${text}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nmore`);
      await client.untilClosed();
      assert.deepEqual(client.statuses, statuses);
      const late = await clientThatSent(`${HIT}\r\n`);
      await eventually(() => late.statuses.length === 1);
    });
  }

  it("does not ask for a body of a type that it refuses", async () => {
    const client = await clientThatSent(
      `${HIT}Expect: 100-continue\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\n`,
    );
    await eventually(() => client.statuses.length > 0);
    assert.deepEqual(client.statuses, [415]);
    client.socket.destroy();
  });
});
