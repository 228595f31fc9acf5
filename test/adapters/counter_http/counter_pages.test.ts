import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createCounterPages } from "../../../internal/adapters/counter_http/counter_pages.ts";
import { CounterPagesError } from "../../../internal/ports/counter_pages.ts";
import { eventually } from "../../eventually.ts";
import { type RealNode, startRealNode } from "../http/real_node.ts";

describe("operator: a counter's pages", () => {
  const pages = createCounterPages();
  after(() => pages.close());

  it("are read from a real node", async () => {
    const real: RealNode = await startRealNode();
    try {
      // On a slow machine a response may take longer than it may.
      const read = () => pages.read(new URL(real.url).host).catch(() => null);
      const account = await eventually(async () => {
        const now = await read();
        return now && now.ledger !== null && now.leader !== null && now.store === "ok" ? now : null;
      });
      assert.deepEqual(
        [account.total, account.nodes.map(({ name, state }) => `${name} ${state}`)],
        [0n, ["alpha counting"]],
      );
      assert.equal(account.nodes.find(({ id }) => id === account.leader)?.name, "alpha");
      assert.ok((account.age ?? 9) < 5);
      real.node.hit("visits", 3, () => {});
      real.node.hit("blog", 500, () => {});
      const counted = await eventually(async () => {
        const now = await read();
        return now?.total === 503n ? now : null;
      });
      assert.deepEqual(counted.largest, [
        { name: "blog", total: 500n },
        { name: "visits", total: 3n },
      ]);
    } finally {
      await real.end();
    }
  });

  describe("of something else", () => {
    let server: Server;
    let answer: (path: string, res: ServerResponse) => void;
    let address: string;
    beforeEach(async () => {
      server = createServer((req, res) => answer(req.url ?? "", res)).listen(0, "127.0.0.1");
      await once(server, "listening");
      address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    const fails = (words: RegExp) =>
      assert.rejects(pages.read(address), (error: unknown) => {
        assert.ok(error instanceof CounterPagesError, String(error));
        assert.match(error.message, words);
        return true;
      });
    const json = (cluster: object, counter: object = { committed: 5 }) => {
      answer = (path, res) => res.end(JSON.stringify(path === "/v1/cluster" ? cluster : counter));
    };

    it("are rejected: silence, a broken connection, half a response, no JSON, another status, too much", async () => {
      answer = () => {};
      await fails(/not within 1500 ms/);
      answer = (_, res) => res.destroy();
      await fails(/socket hang up|ECONNRESET/);
      answer = (_, res) => res.writeHead(200, { "Content-Length": 100 }).write("{", () => res.destroy());
      await fails(/aborted|ECONNRESET/);
      answer = (_, res) => res.end("hello");
      await fails(/JSON/);
      answer = (_, res) => res.writeHead(500).end("{}");
      await fails(/status 500/);
      answer = (_, res) => res.end(`"${"x".repeat(5_000_000)}"`);
      await fails(/longer than/);
    });

    it("are rejected if a field is not as it must be", async () => {
      json(CLUSTER);
      assert.equal((await pages.read(address)).total, 5n);
      json({ ...CLUSTER, total: "123456789012345678901" });
      assert.equal((await pages.read(address)).total, 123456789012345678901n);
      json({ ...CLUSTER, total: null, ledger: null });
      assert.equal((await pages.read(address)).total, null);
      for (const wrong of [{ store: "fine" }, { age: "1" }, { leader: 7 }, { nodes: {} }, { nodes: [{ id: "a" }] }]) {
        json({ ...CLUSTER, ...wrong });
        await fails(
          new RegExp(
            `for ${"nodes" in wrong && Array.isArray(wrong.nodes) ? "name|for state" : Object.keys(wrong)[0]}`,
          ),
        );
      }
      for (const wrong of [1.5, -1, "x", {}, true]) {
        json({ ...CLUSTER, total: wrong });
        await fails(/for total/);
        json({ ...CLUSTER, largest: [{ counter: "blog", committed: wrong }] });
        await fails(/for committed/);
      }
      json([1]);
      await fails(/for the cluster/);
    });

    it("of an older image have the total of visits alone", async () => {
      const { total: _, largest: __, ...older } = CLUSTER;
      json(older, { committed: 7 });
      assert.deepEqual(await totals(), [7n, [{ name: "visits", total: 7n }]]);
      answer = (path, res) => (path === "/v1/cluster" ? res.end(JSON.stringify(older)) : res.writeHead(404).end("{}"));
      assert.deepEqual(await totals(), [0n, []]);
      json({ ...older, ledger: null }, { committed: 7 });
      assert.deepEqual(await totals(), [null, []]);
    });
    const totals = async () => {
      const { total, largest } = await pages.read(address);
      return [total, largest];
    };

    it("are understood in every state of the store and the nodes", async () => {
      for (const store of ["ok", "away", "locked", "full", "founding", "lost", "corrupt", "unknown"]) {
        json({ ...CLUSTER, store });
        assert.equal((await pages.read(address)).store, store);
      }
      const states = ["counting", "draining", "lagging", "unreachable", "foreign"];
      json({ ...CLUSTER, nodes: states.map((state) => ({ id: state, name: state, state })) });
      assert.deepEqual(
        (await pages.read(address)).nodes.map(({ state }) => state),
        states,
      );
    });
  });
});

const CLUSTER = {
  leader: "a",
  ledger: "l",
  version: 4,
  store: "ok",
  storeDetail: "",
  age: 0.4,
  interval: 1,
  total: 5,
  largest: [{ counter: "visits", committed: 5 }],
  nodes: [],
};
