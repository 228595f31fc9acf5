import assert from "node:assert/strict";
import { eventually } from "../../eventually.ts";
import { OPEN_ACCESS } from "./open_access.ts";
import { parseResponse, RawClient } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

const HITS = "/v1/counters/visits/hits";
const LENGTH = 300_000;
const PART = 20_000;

/** A response to a request whose body nobody reads closes the connection, and its client can read it. */
describe("HTTP: bodies that are not read", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve({ allowedOrigins: new Set(), access: OPEN_ACCESS });
  });
  afterEach(() => node.close(100));

  const UNREAD: readonly [line: string, status: number, header?: string][] = [
    [`POST ${HITS}`, 413],
    [`POST ${HITS}?wait=x`, 400],
    [`POST ${HITS}`, 403, "Origin: https://stranger.example"],
    ["POST /v1/counters/BAD/hits", 400],
    ["POST /v1/nothing", 404],
    [`PUT ${HITS}`, 405],
    ["GET /v1/counters/never", 404],
    ["GET /v1/counters", 200],
    ["GET /", 200],
    ["GET /badge/visits.svg", 200],
    ["HEAD /pixel/visits.gif", 200],
    [`POST ${HITS}`, 417, "Expect: the-unexpected"],
  ];

  for (const framing of [`Content-Length: ${LENGTH}`, "Transfer-Encoding: chunked"]) {
    for (const [line, status, header = "X: y"] of UNREAD) {
      it(`${line} with ${header} and ${framing}: ${status}, says that it closes, and waits for the client`, async () => {
        const client = await RawClient.open(node.port, { allowHalfOpen: true });
        const send = senderOf(client, framing);
        client.send(`${line} HTTP/1.1\r\nHost: a\r\n${header}\r\n${framing}\r\n\r\n`);
        send(PART);
        await eventually(() => client.received.includes("\r\n\r\n"));
        assert.equal(parseResponse(client.received).headers.get("connection"), "close");
        for (let sent = PART; sent < LENGTH; sent += PART) {
          send(PART);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        client.socket.end(framing.startsWith("T") ? "0\r\n\r\n" : "");
        await client.untilClosed();
        assert.deepEqual([client.statuses, client.brokenBy], [[status], null]);
      });
    }
  }

  it("cuts off a client that goes on after it was answered", async () => {
    const client = await RawClient.open(node.port, { allowHalfOpen: true });
    client.send(`POST ${HITS} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n`);
    const timer = setInterval(() => client.send("x".repeat(PART)), 5);
    await client.untilClosed().finally(() => clearInterval(timer));
    assert.deepEqual(client.statuses, [413]);
  });

  it("keeps the connection when the body was read, also when it is refused", async () => {
    const client = await RawClient.open(node.port);
    const post = (type: string) =>
      client.send(`POST ${HITS} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: 8\r\n\r\n{"by":3}`);
    for (const type of ["application/json", "text/plain", "application/json"]) {
      const before = client.statuses.length;
      post(type);
      await eventually(() => client.statuses.length > before);
    }
    assert.deepEqual(client.statuses, [200, 415, 200]);
    assert.doesNotMatch(client.received, /connection: close/i);
    client.socket.destroy();
  });

  it("closes it while the node drains, though the body was read", async () => {
    node.counting.draining = true;
    const client = await RawClient.open(node.port);
    client.send(
      `POST ${HITS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"by":3}`,
    );
    await client.untilClosed();
    assert.match(client.received, /connection: close/i);
  });

  const UNEXPECTED: readonly [line: string, status: number, length: number][] = [
    [`POST ${HITS}`, 413, LENGTH],
    ["POST /v1/nothing", 404, 8],
    [`POST ${HITS}?wait=x`, 400, 8],
  ];
  for (const [line, status, length] of UNEXPECTED) {
    it(`${line} of ${length} bytes that expects 100-continue: ${status} at once`, async () => {
      const client = await RawClient.open(node.port);
      client.send(`${line} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`);
      await eventually(() => client.statuses.length > 0);
      assert.deepEqual(client.statuses, [status]);
      assert.equal(parseResponse(client.received).headers.get("connection"), "close");
      client.socket.destroy();
    });
  }
});

/** Sends a part of a body. */
function senderOf(client: RawClient, framing: string): (bytes: number) => void {
  const isChunked = framing.startsWith("T");
  return (bytes) => {
    const part = "x".repeat(bytes);
    client.send(isChunked ? `${bytes.toString(16)}\r\n${part}\r\n` : part);
  };
}
