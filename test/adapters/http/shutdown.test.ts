import assert from "node:assert/strict";
import { createServer } from "node:net";
import { createHttpServer } from "../../../internal/adapters/http/server.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { eventually } from "../../eventually.ts";
import { MemoryCounting } from "./memory_counting.ts";
import { parseResponse, RawClient } from "./raw_client.ts";
import { serve } from "./serving.ts";

const HIT = "POST /v1/counters/visits/hits HTTP/1.1\r\nHost: a\r\n\r\n";
const WAITING_HIT = "POST /v1/counters/visits/hits?wait=committed HTTP/1.1\r\nHost: a\r\n\r\n";

/** The server starts completely or not at all, and ends without breaking an answer. */
describe("HTTP: start and end", () => {
  it("names the port that is in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    assert.ok(address !== null && typeof address === "object");
    const { port } = address;
    const metrics = { contentType: "text/plain", text: async () => "" };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const server = createHttpServer({ counting: new MemoryCounting(), metrics, logger: log, clock: systemClock });
    const failed = await server.listen({ host: "127.0.0.1", port }).catch((error: Error) => error);
    assert.ok(failed instanceof Error);
    assert.match(failed.message, new RegExp(`port ${port}: another process uses this port`));
    assert.ok(failed.cause instanceof Error);
    other.close();
  });

  it("answers what is in flight, closes idle connections, and takes no new ones", async () => {
    const node = await serve();
    const idle = await RawClient.open(node.port);
    idle.send(HIT);
    await eventually(() => idle.statuses.length === 1);
    const waiting = await RawClient.open(node.port);
    waiting.send(WAITING_HIT);
    await node.counting.untilWaiting(1);
    const closed = node.close(10_000);
    await idle.untilClosed();
    await assert.rejects(RawClient.open(node.port), { code: "ECONNREFUSED" });
    assert.equal(waiting.closed, false);
    node.counting.round();
    await waiting.untilClosed();
    assert.deepEqual(waiting.statuses, [200]);
    await closed;
  });

  it("cuts off what is not done at the deadline", async () => {
    const node = await serve();
    const stuck = await RawClient.open(node.port);
    stuck.send(WAITING_HIT);
    await node.counting.untilWaiting(1);
    await node.close(100);
    await stuck.untilClosed();
    assert.deepEqual(stuck.statuses, []);
    node.counting.round();
  });

  it("ends event streams with a last event", async () => {
    const node = await serve();
    const response = await fetch(`${node.url}/v1/events`);
    await node.close(5000);
    assert.match(await response.text(), /event: leaving\ndata: .*\n\n$/);
  });

  it("ends each connection with its next answer while the node drains", async () => {
    const node = await serve();
    const client = await RawClient.open(node.port);
    client.send(HIT);
    await eventually(() => client.statuses.length === 1);
    assert.equal(client.closed, false);
    node.counting.draining = true;
    client.send(HIT);
    await client.untilClosed();
    assert.deepEqual(client.statuses, [200, 200]);
    await node.close(100);
  });

  it("closes the connections that lie idle, and goes on answering on the others", async () => {
    const node = await serve();
    const [idle, waiting] = [await RawClient.open(node.port), await RawClient.open(node.port)];
    idle.send(HIT);
    await eventually(() => idle.statuses.length === 1);
    waiting.send(WAITING_HIT);
    await node.counting.untilWaiting(1);
    node.closeIdle();
    await idle.untilClosed();
    assert.equal(waiting.closed, false);
    node.counting.round();
    await eventually(() => waiting.statuses.length === 1);
    const late = await RawClient.open(node.port);
    late.send(HIT);
    await eventually(() => late.statuses.length === 1);
    await node.close(100);
  });

  it("asks those whom it refuses to come back on another connection", async () => {
    const node = await serve();
    node.counting.draining = true;
    node.counting.refusal = "draining";
    const client = await RawClient.open(node.port);
    client.send(HIT);
    await client.untilClosed();
    const { status, headers } = parseResponse(client.received);
    assert.deepEqual([status, headers.get("retry-after"), headers.get("connection")], [503, "1", "close"]);
    await node.close(100);
  });
});
