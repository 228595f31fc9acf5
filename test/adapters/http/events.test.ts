import assert from "node:assert/strict";
import type { EventMessage } from "../../../internal/adapters/http/events/messages.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import type { NodeRow } from "../../../internal/core/cluster/cluster_view.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import { eventually } from "../../eventually.ts";
import { OPEN_ACCESS } from "./open_access.ts";
import { openZippedStream, streamBytes, streamText } from "./page_load.ts";
import { RawClient } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

interface Message {
  readonly id: string;
  readonly data: EventMessage;
}

/** Reads what a stream has sent so far, as a browser would. */
function messages({ received }: RawClient): Message[] {
  return [...received.matchAll(/id: (\d+)\ndata: (.*)\n\n/g)].map(([, id = "", data = ""]) => ({
    id,
    data: JSON.parse(data),
  }));
}

/**
 * A stream of events tells the whole state first and then each change. Slow readers miss steps, never the newest
 * state.
 */
describe("HTTP: events", () => {
  let node: Serving;
  let clients: RawClient[] = [];
  const beats = new Set<() => void>();
  /** The system's, but what comes after a silence comes when the test says so. */
  const clock: Clock = {
    ...systemClock,
    after(_, task) {
      beats.add(task);
      return () => beats.delete(task);
    },
  };
  beforeEach(async () => {
    // A crowd of readers comes from one address.
    node = await serve({ clock, access: { ...OPEN_ACCESS, trustedProxies: ["127.0.0.1"] } });
    node.counting.totals.set("visits", 5n);
  });
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    clients = [];
    beats.clear();
    await node.close(1000);
  });

  async function watch(query = ""): Promise<RawClient> {
    const client = await RawClient.open(node.port);
    clients.push(client);
    client.send(`GET /v1/events${query} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await eventually(() => messages(client).length === 1);
    return client;
  }

  async function round(client: RawClient): Promise<EventMessage> {
    const before = messages(client).length;
    node.counting.round();
    await eventually(() => messages(client).length === before + 1);
    return messages(client).at(-1)!.data;
  }

  it("sends the state at once, and again after each round", async () => {
    const client = await watch("?counter=visits");
    assert.match(client.received, /content-type: text\/event-stream/i);
    assert.match(client.received, /retry: \d+\n/);
    await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" });
    for (let times = 0; times < 3; times += 1) await round(client);
    assert.deepEqual(
      messages(client).map(({ id, data }) => [id, data.full, data.counter?.value]),
      [
        ["1", true, 5],
        ["2", false, 6],
        ["3", false, 6],
        ["4", false, 6],
      ],
    );
  });

  it("watches visits unless told otherwise, and a counter that nobody has counted yet", async () => {
    const [usual, unborn] = await Promise.all([watch(), watch("?counter=unborn")]);
    assert.equal(messages(usual)[0]?.data.counter?.counter, "visits");
    assert.equal(messages(unborn)[0]?.data.counter, null);
    await fetch(`${node.url}/v1/counters/unborn/hits`, { method: "POST" });
    assert.equal((await round(unborn)).counter?.value, 1);
  });

  it("tells of nodes only what changed", async () => {
    const heardAt = 1_000;
    node.counting.others = [row({ id: "b", name: "beta", heardAt }), row({ id: "c", name: "gamma", heardAt })];
    const client = await watch();
    const [first] = messages(client);
    assert.deepEqual(
      first?.data.nodes.map(({ name, region, state }) => [name, region, state]),
      [
        ["alpha", "eu-west", "counting"],
        ["beta", "us-east", "counting"],
        ["gamma", "us-east", "counting"],
      ],
    );
    node.counting.others = [row({ id: "b", name: "beta", heardAt, state: "lagging", pending: 7 })];
    const { full, nodes, left } = await round(client);
    assert.deepEqual([full, left], [false, ["c"]]);
    assert.deepEqual(
      nodes.filter(({ id }) => id === "b"),
      [{ id: "b", state: "lagging", pending: 7 }],
    );
  });

  it("tells five minutes of hits at first, and then the seconds that are new", async () => {
    node.counting.pastHits = [1, 2, 3, 4, 5, 6];
    const client = await watch();
    const later = await watch();
    assert.deepEqual(messages(client)[0]?.data.counter?.history, { from: 1000, hits: [1, 2, 3, 4, 5, 6] });
    assert.equal(messages(client)[0]?.data.counter?.rate, 4);
    assert.deepEqual((await round(client)).counter?.history, { from: 1006, hits: [] });
    node.counting.pastHits.push(7.04, 8);
    assert.deepEqual((await round(client)).counter?.history, { from: 1006, hits: [7, 8] });
    assert.deepEqual(messages(later).at(-1)?.data.counter?.history, { from: 1006, hits: [7, 8] });
    assert.deepEqual((await round(client)).counter?.history, { from: 1008, hits: [] });
  });

  it("knows how many watch", async () => {
    await watch();
    const second = await watch("?counter=other");
    assert.equal(node.counting.active, 2);
    assert.equal((await round(second)).cluster.active, 2);
    second.socket.destroy();
    await eventually(() => node.counting.active === 1);
  });

  it("reads a counter once per round, and tells everyone once, however many watch it", async () => {
    const crowd = await Promise.all(Array.from({ length: 600 }, () => watch()));
    let reads = 0;
    const read = node.counting.read.bind(node.counting);
    node.counting.read = (counter) => {
      reads += 1;
      return read(counter);
    };
    node.counting.round();
    await eventually(() => crowd.every((client) => messages(client).length === 2));
    assert.equal(reads, 1);
    assert.equal(new Set(crowd.map((client) => client.received.split("\n\n")[2])).size, 1);
  });

  it("tells the state now and then when there are no rounds, and nothing when nobody watches", async () => {
    const client = await watch();
    assert.equal(beats.size, 1);
    for (const beat of [...beats]) beat();
    await eventually(() => messages(client).length === 2);
    client.socket.destroy();
    await eventually(() => node.counting.active === 0);
    assert.equal(beats.size, 0);
  });

  it("lets a slow reader miss what it does not read, and then tells it everything", async () => {
    const slow = await watch();
    const eager = await watch();
    slow.socket.pause();
    node.counting.view = { storeDetail: "x".repeat(200_000) };
    for (let times = 0; times < 100; times += 1) {
      await round(eager);
      eager.received = "";
    }
    node.counting.view = { storeDetail: "at last" };
    slow.socket.resume();
    await eventually(async () => {
      await round(eager);
      return messages(slow).at(-1)?.data.cluster.storeDetail === "at last";
    });
    const heard = messages(slow).map(({ data }) => data);
    assert.ok(heard.length < 100, `${heard.length} messages, so none was missed`);
    const gap = heard.findIndex(({ full }, index) => index > 0 && full);
    assert.ok(gap > 0, "no message after the gap has everything");
  });

  it("drops a reader that reads nothing at all, and keeps the others", async () => {
    await node.close(100);
    node = await serve({ clock, limits: { stalled: 500 } });
    const lazy = await watch();
    const eager = await watch();
    lazy.socket.pause();
    node.counting.view = { storeDetail: "x".repeat(200_000) };
    await eventually(async () => {
      await round(eager);
      eager.received = "";
      return node.counting.active === 1;
    });
    assert.equal(eager.closed, false);
  });

  it("sends everyone elsewhere when the node begins to leave, and serves who comes back until the end", async () => {
    const early = await Promise.all([watch(), watch()]);
    node.counting.draining = true;
    node.counting.round();
    await eventually(() => early.every(({ closed }) => closed));
    const hints = early.map(({ received }) => /\nretry: (\d+)\nevent: leaving\ndata: {"retry":\1}\n\n$/.exec(received));
    assert.notEqual(hints[0]?.[1], hints[1]?.[1]);
    const late = await watch();
    assert.equal((await round(late)).cluster.ready, false);
    await node.close(1000);
    await eventually(() => late.received.includes("event: leaving"));
  });

  it("tells the same to those who take gzip, in a fraction of the bytes", async () => {
    node.counting.others = Array.from({ length: 300 }, (_, i) => row({ id: `id-${i}`, name: `n-${i}` }));
    const plain = await watch();
    const zipped = await Promise.all([openZippedStream(node.port), openZippedStream(node.port)]);
    clients.push(...zipped);
    for (let times = 0; times < 3; times += 1) {
      for (const other of node.counting.others) Object.assign(other, { hits: other.hits + 1 });
      await round(plain);
    }
    const changes = afterFirst(plain.received);
    await eventually(() => zipped.every((client) => afterFirst(streamText(client)) === changes));
    assert.ok(streamBytes(zipped[0]).length < changes.length / 4);
    assert.match(zipped[0].received, /content-encoding: gzip\r\n/i);
    assert.match(plain.received, /vary: accept-encoding\r\n/i);
    assert.doesNotMatch(plain.received, /content-encoding/i);
  });

  /** The messages that all who are there are told alike. */
  function afterFirst(text: string): string {
    return text.slice(text.indexOf("\n\n") + 2);
  }

  it("answers HEAD without a stream", async () => {
    const response = await fetch(`${node.url}/v1/events`, { method: "HEAD" });
    assert.deepEqual(
      [response.status, response.headers.get("content-type")],
      [200, "text/event-stream; charset=utf-8"],
    );
    assert.equal(node.counting.active, 0);
  });
});

describe("HTTP: more events than a node can serve", () => {
  it("tells the next one why, and when to come back", async () => {
    const node = await serve({
      capacity: { streams: 2, limit: "its limit of open files is 80 (ulimit -n)", connections: 100, openFiles: 80 },
    });
    const first = await open(node);
    await open(node);
    const response = await fetch(`${node.url}/v1/events`);
    assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "10"]);
    assert.match(await response.text(), /serves at most 2 event streams.*limit of open files is 80/);
    assert.match(node.logged.join(), /low limit of open files/);
    first.abort();
    await eventually(() => node.counting.active === 1);
    await open(node);
    await node.close(100);
  });

  it("refuses connections past those that it may have, and says so", async () => {
    const node = await serve({ capacity: { streams: 1, limit: "", connections: 2, openFiles: 10 } });
    const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.open(node.port)));
    await eventually(() => clients.filter(({ closed }) => closed).length === 2);
    assert.equal(node.logged.filter((line) => line.startsWith("connections refused")).length, 1);
    for (const { socket } of clients) socket.destroy();
    await node.close(100);
  });

  async function open(node: Serving): Promise<AbortController> {
    const abort = new AbortController();
    const response = await fetch(`${node.url}/v1/events`, { signal: abort.signal });
    assert.equal(response.status, 200);
    return abort;
  }
});

function row(facts: Partial<NodeRow>): NodeRow {
  const addresses = { url: "http://127.0.0.1:1", peerAddress: "127.0.0.1:2" };
  const numbers = { hits: 10, committed: 10, pending: 0, active: 0, heardAt: 0 };
  return { id: "", name: "", ...addresses, region: "us-east", state: "counting", ...numbers, durable: true, ...facts };
}
