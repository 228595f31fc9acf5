import assert from "node:assert/strict";
import { systemClock } from "../../internal/adapters/system/clock.ts";
import type { Clock } from "../../internal/ports/clock.ts";
import { eventually } from "../eventually.ts";
import { RawClient } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

interface Message {
  readonly id: string;
  readonly data: {
    readonly counter: { readonly value: unknown; readonly counter: string } | null;
    readonly cluster: object;
  };
}

/** Reads what a stream has sent so far, as a browser would. */
function messages({ received }: RawClient): Message[] {
  const text = received.replace(/\r\n[0-9a-f]+\r\n/g, "");
  return [...text.matchAll(/id: (\d+)\ndata: (.*)\n\n/g)].map(([, id = "", data = ""]) => ({
    id,
    data: JSON.parse(data),
  }));
}

describe("HTTP: events", () => {
  let node: Serving;
  let clients: RawClient[] = [];
  const beats: (() => void)[] = [];
  /** The system's, but heartbeats come when the test says so. */
  const clock: Clock = {
    ...systemClock,
    after(ms, task) {
      assert.equal(ms, 15_000);
      beats.push(task);
      return () => {};
    },
  };
  beforeEach(async () => {
    node = await serve({ clock });
    node.counting.totals.set("visits", 5n);
  });
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    clients = [];
    beats.length = 0;
    await node.close(1000);
  });

  async function watch(query = ""): Promise<RawClient> {
    const client = await RawClient.open(node.port);
    clients.push(client);
    client.send(`GET /v1/events${query} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await eventually(() => messages(client).length === 1);
    return client;
  }

  it("sends the state at once, and again after each round", async () => {
    const client = await watch("?counter=visits");
    assert.match(client.received, /content-type: text\/event-stream/i);
    assert.match(client.received, /retry: \d+\n/);
    await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" });
    for (let round = 2; round <= 4; round += 1) {
      node.counting.round();
      await eventually(() => messages(client).length === round);
    }
    assert.deepEqual(
      messages(client).map(({ id, data }) => [id, data.counter?.value]),
      [
        ["1", 5],
        ["2", 6],
        ["3", 6],
        ["4", 6],
      ],
    );
    const names = Object.keys(messages(client).at(-1)?.data.cluster ?? {});
    for (const name of ["leader", "store", "nodes", "pending"]) assert.ok(names.includes(name));
  });

  it("watches visits unless told otherwise, and a counter that nobody has counted yet", async () => {
    const [usual, unborn] = await Promise.all([watch(), watch("?counter=unborn")]);
    assert.equal(messages(usual)[0]?.data.counter?.counter, "visits");
    assert.equal(messages(unborn)[0]?.data.counter, null);
    await fetch(`${node.url}/v1/counters/unborn/hits`, { method: "POST" });
    node.counting.round();
    await eventually(() => messages(unborn)[1]?.data.counter?.value === 1);
  });

  it("reads a counter once per round, however many watch it", async () => {
    await Promise.all(Array.from({ length: 20 }, () => watch()));
    let reads = 0;
    const read = node.counting.read.bind(node.counting);
    node.counting.read = (counter) => {
      reads += 1;
      return read(counter);
    };
    node.counting.round();
    await eventually(() => clients.every((client) => messages(client).length === 2));
    assert.equal(reads, 1);
  });

  it("sends a comment now and then, so that nobody takes a quiet stream for a dead one", async () => {
    const client = await watch();
    assert.equal(beats.length, 1);
    beats.pop()?.();
    await eventually(() => client.received.includes(":\n\n"));
    assert.equal(beats.length, 1);
  });

  it("stops its heartbeat with the last reader", async () => {
    const client = await watch();
    client.socket.destroy();
    let reads = 0;
    node.counting.read = () => {
      reads += 1;
      return undefined;
    };
    await eventually(() => {
      reads = 0;
      node.counting.round();
      return reads === 0;
    });
    beats.pop()?.();
    assert.equal(beats.length, 0);
  });

  it("drops a reader that does not read, and keeps the others", async () => {
    const lazy = await watch();
    const eager = await watch();
    lazy.socket.pause();
    node.counting.view = { storeDetail: "x".repeat(200_000) };
    for (let round = 0; round < 200; round += 1) {
      node.counting.round();
      await eventually(() => messages(eager).length > 0);
      await new Promise(setImmediate);
      eager.received = eager.received.slice(-300_000);
    }
    lazy.socket.resume();
    await eventually(() => lazy.closed);
    assert.equal(eager.closed, false);
  });

  it("lets no more watch than it can serve, and tells the next one", async () => {
    for (let opened = 0; opened < 2000; opened += 250) await Promise.all(Array.from({ length: 250 }, openStream));
    const response = await fetch(`${node.url}/v1/events`);
    assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "10"]);
    clients[0]?.socket.destroy();
    await eventually(async () => {
      const abort = new AbortController();
      const { status } = await fetch(`${node.url}/v1/events`, { signal: abort.signal });
      abort.abort();
      return status === 200;
    });
  });

  async function openStream(): Promise<void> {
    const client = await RawClient.open(node.port);
    clients.push(client);
    client.send("GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n");
    await eventually(() => client.received.includes("data: "));
  }
});
