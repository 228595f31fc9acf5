import assert from "node:assert/strict";
import { capacityFor } from "../../../internal/adapters/http/connections/capacity.ts";
import { StreamBounds } from "../../../internal/adapters/http/events/stream_bounds.ts";
import { Problem } from "../../../internal/adapters/http/problem.ts";
import { eventually } from "../../eventually.ts";
import { OPEN_ACCESS } from "./open_access.ts";
import { RawClient } from "./raw_client.ts";
import { serve } from "./serving.ts";

const CAPACITY = capacityFor({ openFiles: null, memory: null });
const MANY_ADDRESSES = 100_000;

function status(take: () => unknown): number {
  try {
    take();
    return 200;
  } catch (error) {
    assert.ok(error instanceof Problem);
    return error.fields.status;
  }
}

/** Readers of event streams are bounded by address, by the node's memory, and by what they have not read. */
describe("HTTP: bounds of event streams", () => {
  it("leave room in a node's memory and in its open files, and say which is short", () => {
    assert.deepEqual(CAPACITY, { streams: 10_000, limit: "", connections: Number.POSITIVE_INFINITY, openFiles: null });
    const small = capacityFor({ openFiles: 1_000_000, memory: 256 << 20 });
    assert.ok(small.streams > 4_000 && small.streams < 5_000, `${small.streams}`);
    assert.equal(small.limit, "its memory is 268 MB");
    const fewFiles = capacityFor({ openFiles: 1_256, memory: 256 << 20 });
    assert.deepEqual([fewFiles.streams, fewFiles.connections, fewFiles.openFiles], [800, 1_000, 1_256]);
    assert.match(fewFiles.limit, /limit of open files is 1256/);
  });

  it("let one address have its share, and others theirs", () => {
    const bounds = new StreamBounds(CAPACITY);
    const places = Array.from({ length: 1_000 }, () => bounds.take("greedy"));
    assert.equal(
      status(() => bounds.take("greedy")),
      429,
    );
    assert.equal(
      status(() => bounds.take("other")),
      200,
    );
    assert.equal(
      status(() => bounds.take(null)),
      200,
    );
    places[0]?.();
    assert.equal(
      status(() => bounds.take("greedy")),
      200,
    );
  });

  it("refuse more than the node serves, from however many addresses, and remember none that left", () => {
    const bounds = new StreamBounds({ ...CAPACITY, streams: 5_000 });
    let refused = 0;
    for (let turn = 0; turn < MANY_ADDRESSES / 10_000; turn++) {
      const places: (() => void)[] = [];
      for (let i = 0; i < 10_000; i++) {
        const address = `10.${turn}.${i >> 8}.${i & 255}`;
        if (status(() => places.push(bounds.take(address))) === 503) refused += 1;
      }
      assert.equal(bounds.open, 5_000);
      for (const leave of places) leave();
      assert.equal(bounds.open, 0);
    }
    assert.equal(refused, MANY_ADDRESSES / 2);
  });

  it("drop slow readers before they fill the memory, and keep those that read", async () => {
    const node = await serve({ maxUnsentBytes: 10_000_000, access: OPEN_ACCESS });
    node.counting.view = { storeDetail: "x".repeat(2_000_000) };
    const open = async (name: string) => {
      const client = await RawClient.open(node.port);
      client.send(`GET /v1/events?counter=${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
      return client;
    };
    const eager = await open("eager");
    const slow: RawClient[] = [];
    for (let i = 0; i < 30; i++) {
      const client = await open(`slow-${i}`);
      slow.push(client);
      await eventually(() => client.received.length > 0);
      client.socket.pause();
    }
    await eventually(() => {
      node.counting.round();
      return node.counting.active <= 12;
    });
    assert.ok(node.counting.active >= 2, `${node.counting.active} are left`);
    eager.received = "";
    await eventually(() => {
      node.counting.round();
      return eager.received.length > 4_000_000;
    });
    assert.equal(eager.closed, false);
    for (const { socket } of [...slow, eager]) socket.destroy();
    await node.close(100);
  });
});
