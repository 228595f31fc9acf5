import assert from "node:assert/strict";
import { connect } from "node:net";
import {
  type ConnectionBounds,
  USUAL_CONNECTION_BOUNDS,
} from "../../../internal/adapters/http/connections/address_connections.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { eventually } from "../../eventually.ts";
import { RawClient } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

const HIT = "POST /v1/counters/visits/hits HTTP/1.1\r\nHost: a\r\n\r\n";
const [GREEDY, OTHER] = ["127.0.0.2", "127.0.0.3"];
const ANY = { burst: 1_000_000, intervalMs: 0 };

/** What one address may have and open, and what all may open together. Nobody loses a connection that was admitted. */
describe("HTTP: connections of an address", () => {
  let node: Serving;
  let clients: RawClient[] = [];
  let now = 0;
  let refused: string[] = [];
  const clock = { ...systemClock, monotonic: () => now };
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    clients = [];
    await node.close(100);
  });

  async function serveWith(bounds: Partial<ConnectionBounds>, trustedProxies: readonly string[] = []): Promise<void> {
    now = 0;
    refused = [];
    const meter = { refused: (reason: string) => void refused.push(reason) };
    const connectionBounds = { ...USUAL_CONNECTION_BOUNDS, ...bounds };
    node = await serve({ clock, connectionBounds, access: { trustedProxies, meter } });
  }

  /** Whether each of `count` connections from `address` got its hit counted, or was closed. */
  async function countFrom(address: string, count: number): Promise<string> {
    const came = Array.from({ length: count }, () => {
      const client = new RawClient(connect({ port: node.port, host: "127.0.0.1", localAddress: address }));
      client.send(HIT);
      return client;
    });
    clients.push(...came);
    await eventually(() => came.every(({ statuses, closed }) => closed || statuses.length === 1));
    const counted = came.filter(({ statuses }) => statuses[0] === 200).length;
    return `${counted} of ${count}`;
  }

  it("are closed when it has too many, and others are served", async () => {
    await serveWith({ maxPerAddress: 3 });
    assert.equal(await countFrom(GREEDY, 5), "3 of 5");
    assert.equal(await countFrom(OTHER, 1), "1 of 1");
    clients.find(({ closed }) => !closed)?.socket.destroy();
    await eventually(async () => (await countFrom(GREEDY, 1)) === "1 of 1");
  });

  it("are closed when it opens too many a second, and others are served", async () => {
    await serveWith({ rates: { perAddress: { burst: 4, intervalMs: 100 }, inAll: ANY } });
    assert.equal(await countFrom(GREEDY, 6), "4 of 6");
    assert.equal(await countFrom(OTHER, 4), "4 of 4");
    now = 200;
    assert.equal(await countFrom(GREEDY, 6), "2 of 6");
    assert.match(node.logged.join("\n"), /--trusted-proxies.*"address":"127\.0\.0\.2"/);
  });

  it("are closed when all addresses open too many a second together", async () => {
    await serveWith({ rates: { perAddress: ANY, inAll: { burst: 4, intervalMs: 100 } } });
    assert.deepEqual([await countFrom(GREEDY, 3), await countFrom(OTHER, 3)], ["3 of 3", "1 of 3"]);
    now = 100;
    assert.equal(await countFrom("127.0.0.4", 2), "1 of 2");
  });

  it("are opened by those who have one already, however many strangers come", async () => {
    await serveWith({ firstRate: { burst: 4, intervalMs: 100 } });
    assert.equal(await countFrom(OTHER, 1), "1 of 1");
    for (const host of [11, 12, 13]) assert.equal(await countFrom(`127.0.0.${host}`, 1), "1 of 1");
    for (const host of [14, 15, 16]) assert.equal(await countFrom(`127.0.0.${host}`, 1), "0 of 1");
    assert.equal(await countFrom(OTHER, 6), "6 of 6");
  });

  it("of a trusted proxy are as many as it needs", async () => {
    const tight = { burst: 1, intervalMs: 1_000 };
    const bounds = { maxPerAddress: 3, rates: { perAddress: tight, inAll: tight }, firstRate: tight };
    await serveWith(bounds, ["127.0.0.0/8"]);
    assert.equal(await countFrom(GREEDY, 10), "10 of 10");
  });

  it("are counted when they are closed", async () => {
    await serveWith({ maxPerAddress: 1 });
    await countFrom(GREEDY, 3);
    assert.deepEqual(refused, ["connection", "connection"]);
  });
});
