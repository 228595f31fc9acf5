import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../eventually.ts";
import type { MemoryCounting } from "./memory_counting.ts";
import { OPEN_ACCESS } from "./open_access.ts";
import { RawClient } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

const HIT = "POST /v1/counters/visits/hits HTTP/1.1\r\nHost: a\r\n\r\n";
const WAITING = "POST /v1/counters/visits/hits?wait=committed HTTP/1.1\r\nHost: a\r\n\r\n";
const JSON_BODY = "Content-Type: application/json\r\nContent-Length: 8\r\n\r\n";
/** Handled at the same time on one connection. */
const AT_ONCE = 32;

function post(path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: a\r\n${JSON_BODY}${body}`;
}

/** A client that does not wait for responses gets all of them, in order, and takes little of the node meanwhile. */
describe("HTTP: pipelining", () => {
  let node: Serving;
  let clients: RawClient[] = [];
  beforeEach(async () => {
    node = await serve({ commitDeadline: 60_000, access: OPEN_ACCESS });
  });
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    clients = [];
    await node.close(100);
  });

  async function clientThatSent(bytes: string): Promise<RawClient> {
    const client = await RawClient.open(node.port);
    clients.push(client);
    client.send(bytes);
    return client;
  }

  async function commitAll(): Promise<void> {
    node.counting.round();
    await sleep(5);
  }

  it("handles as many slow requests of one connection as it may, then the next, and answers all", async () => {
    const client = await clientThatSent(WAITING.repeat(100));
    await node.counting.untilWaiting(AT_ONCE);
    await sleep(50);
    assert.equal(node.counting.accepted, AT_ONCE);
    await eventually(async () => {
      await commitAll();
      return client.statuses.length === 100;
    });
    assert.equal(node.counting.accepted, 100);
    assert.ok(client.statuses.every((status) => status === 200));
  });

  it("counts what stands behind a slow request only up to its bound, and then in order", async () => {
    const client = await clientThatSent(WAITING + HIT.repeat(500));
    await eventually(() => node.counting.accepted === AT_ONCE);
    await sleep(50);
    assert.equal(node.counting.accepted, AT_ONCE);
    await commitAll();
    await eventually(() => client.statuses.length === 501);
    const values = [...client.received.matchAll(/"value":(\d+)/g)].map(([, value]) => Number(value)).slice(1);
    assert.ok(values.every((value, i) => i === 0 || value > values[i - 1]!));
    assert.equal(node.counting.accepted, 501);
  });

  it("stops reading a connection that does not wait for responses, and goes on when it has given them", async () => {
    const client = await clientThatSent(WAITING.repeat(1_000));
    await node.counting.untilWaiting(AT_ONCE);
    const flood = WAITING.repeat(2_000);
    for (let i = 0; i < 200; i++) client.send(flood);
    await sleep(300);
    const stuck = client.socket.writableLength;
    assert.ok(stuck > flood.length * 100, `${stuck} bytes are not taken`);
    await eventually(async () => {
      await commitAll();
      // More than one read brings.
      return client.statuses.length > 1_300;
    });
  });

  it("reads a body behind requests that wait", async () => {
    const hits = "/v1/counters/visits/hits";
    const [begin, end] = [post(hits, '{"by'), `":3}${HIT}`];
    const client = await clientThatSent(WAITING.repeat(40) + begin);
    await node.counting.untilWaiting(AT_ONCE);
    await sleep(50);
    client.send(end);
    await eventually(async () => {
      await commitAll();
      return client.statuses.length === 42;
    });
    assert.ok(client.statuses.every((status) => status === 200));
    assert.equal(node.counting.accepted, 40 + 3 + 1);
  });

  it("answers requests with bodies that came in one piece", async () => {
    const client = await clientThatSent(post("/v1/counters/visits/hits", '{"by":3}').repeat(200));
    await eventually(() => client.statuses.length === 200);
    assert.equal(node.counting.accepted, 600);
    assert.ok(client.statuses.every((status) => status === 200));
  });

  const CLOSING: readonly [name: string, text: string, status: number][] = [
    ["whose body nobody reads", post("/v1/nothing", '{"by":3}'), 404],
    ["whose body is refused unread", `POST /v1/counters/BAD/hits HTTP/1.1\r\nHost: a\r\n${JSON_BODY}{"by":3}`, 400],
    ["with two Host headers", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
  ];
  for (const [name, text, status] of CLOSING) {
    it(`counts nothing behind a request ${name}, because its response closes the connection`, async () => {
      const client = await clientThatSent(text + HIT.repeat(3));
      await client.untilClosed();
      assert.deepEqual([client.statuses, node.counting.accepted], [[status], 0]);
    });

    it(`counts nothing behind a request ${name} that itself stands behind one that waits`, async () => {
      const client = await clientThatSent(WAITING + text + HIT.repeat(3));
      await node.counting.untilWaiting(1);
      await commitAll();
      await client.untilClosed();
      assert.deepEqual([client.statuses, node.counting.accepted], [[200, status], 1]);
    });
  }

  it("serves others while many connections have a queue, and resets those over its bound", async () => {
    const greedy = await Promise.all(Array.from({ length: 10 }, () => clientThatSent(WAITING + HIT.repeat(1_000))));
    await eventually(() => greedy.some(({ closed }) => closed));
    assert.ok(greedy.filter(({ closed }) => !closed).length >= 2);
    const honest = await clientThatSent(HIT);
    await eventually(() => honest.statuses.length === 1);
    assert.deepEqual(honest.statuses, [200]);
    for (const { socket } of greedy) socket.destroy();
    await sleep(50);
    // Their places are free again.
    const next = await clientThatSent(WAITING + HIT.repeat(1_000));
    await eventually(async () => {
      await commitAll();
      return next.statuses.length === 1_001;
    });
  });

  it("reads little of the connections that come after one was reset", async () => {
    const greedy = await Promise.all(Array.from({ length: 30 }, () => clientThatSent(WAITING + HIT.repeat(1_000))));
    await eventually(() => greedy.filter(({ closed }) => closed).length >= 25);
    // Of each that came later, the first request alone, and no more than 32 of those that stay.
    assert.ok(node.counting.accepted <= 32 * 6 + 30, `${node.counting.accepted} were handled`);
  });

  it("handles a part of the quick requests of one read in a turn of the event loop", async () => {
    // The first hit of a counter is a slow one.
    const first = await clientThatSent(HIT);
    await eventually(() => first.statuses.length === 1);
    const most = mostInATurn(node.counting);
    const client = await clientThatSent(HIT.repeat(900));
    await eventually(() => client.statuses.length === 900);
    assert.equal(node.counting.accepted, 901);
    assert.ok(most() <= AT_ONCE * 2, `${most()} in a turn`);
  });
});

/** Watches how many hits are counted in one turn of the event loop at most. */
function mostInATurn(counting: MemoryCounting): () => number {
  const hit = counting.hit.bind(counting);
  let [inTurn, most] = [0, 0];
  counting.hit = (...hits) => {
    if (inTurn === 0) setImmediate(() => (inTurn = 0));
    inTurn += 1;
    most = Math.max(most, inTurn);
    hit(...hits);
  };
  return () => most;
}
