import assert from "node:assert/strict";
import type { NodeRow } from "../../../internal/core/cluster/cluster_view.ts";
import { jsonOf } from "./json_of.ts";
import { exchange, parseResponse, request } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

/** Reading counts nothing, and tells totals, nodes and readiness as they are known now. */
describe("HTTP: reading", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  const get = (path: string) => fetch(`${node.url}${path}`);

  it("gives a counter with its regions, and counts nothing", async () => {
    node.counting.totals.set("visits", 12n);
    node.counting.pending.set("visits", 3);
    assert.deepEqual(await jsonOf(get("/v1/counters/visits")), {
      counter: "visits",
      value: 15,
      committed: 12,
      pending: 3,
      regions: { "eu-west": 12 },
      generation: 0,
      version: 1,
      asOf: "2023-11-14T22:13:20.000Z",
    });
    assert.equal(node.counting.accepted, 0);
  });

  it("lists counters in order, page by page, to the last", async () => {
    for (const name of ["c", "a", "e", "b", "d"]) node.counting.totals.set(name, 2n ** 60n);
    const seen: unknown[] = [];
    let after: unknown = "";
    for (let page = 0; after !== null; page += 1) {
      assert.ok(page < 3);
      const { counters, next } = await jsonOf(get(`/v1/counters?limit=2&after=${after}`));
      assert.ok(Array.isArray(counters));
      seen.push(...counters.map(({ counter }) => counter));
      assert.equal(counters[0].committed, "1152921504606846976");
      after = next;
    }
    assert.deepEqual(seen, ["a", "b", "c", "d", "e"]);
  });

  it("lists nothing when there is nothing", async () => {
    assert.deepEqual(await jsonOf(get("/v1/counters")), { counters: [], next: null, version: 1 });
  });

  it("gives the cluster, with this node's own numbers as of now", async () => {
    await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" });
    node.counting.others = [row({ id: "node-2", name: "beta", pending: 4, heardAt: null, state: "unreachable" })];
    const cluster = await jsonOf(get("/v1/cluster"));
    const { nodes, ...rest } = cluster;
    assert.ok(Array.isArray(nodes));
    assert.deepEqual(
      { ...rest, asOf: null },
      {
        node: "node-1",
        ready: true,
        leader: "node-1",
        epoch: 7,
        version: 1,
        ledger: "0123456789abcdef",
        store: "ok",
        storeDetail: "",
        asOf: null,
        age: 0.4,
        leaderSilence: 0.1,
        interval: 1,
        pending: 5,
        active: 0,
        nodeCount: 2,
        total: 0,
        largest: [],
      },
    );
    const facts = nodes.map(({ name, leader, hits, committed, pending, active, age }) => [
      ...[name, leader, hits, committed, pending, active],
      age === null,
    ]);
    assert.deepEqual(facts, [
      ["alpha", true, 1, 0, 1, 0, false],
      ["beta", false, 10, 10, 4, 2, true],
    ]);
  });

  it("gives the total of all counters with the cluster, and the largest counters", async () => {
    node.counting.totals.set("blog", 500n).set("shop", 2n ** 60n);
    const { total, largest } = await jsonOf(get("/v1/cluster"));
    assert.equal(total, "1152921504606847476");
    assert.deepEqual(largest, [
      { counter: "shop", committed: "1152921504606846976" },
      { counter: "blog", committed: 500 },
    ]);
    node.counting.known = false;
    assert.equal((await jsonOf(get("/v1/cluster"))).total, null);
  });

  it("does not call a node silent whose row waited for its turn: one that counts answered the leader's last rounds", async () => {
    const heardAt = Date.now() - 16_000;
    node.counting.others = [
      row({ id: "node-2", name: "beta", heardAt }),
      row({ id: "node-3", name: "gamma", heardAt, state: "lagging" }),
    ];
    const { nodes } = await jsonOf(get("/v1/cluster"));
    assert.ok(Array.isArray(nodes));
    const [, counting, lagging] = nodes.map(({ age }) => age);
    assert.equal(counting, 0.1);
    assert.ok(lagging >= 16, String(lagging));
    const table = [
      ...(await (await get("/")).text()).matchAll(/data-column="heardAt" data-label="Last report">([^<]*)</g),
    ];
    assert.deepEqual(table.map(([, words]) => words).slice(0, 2), ["just now", "just now"]);
    assert.match(table[2]?.[1] ?? "", /^\d+&#160;s ago$/);
  });

  it("says how old the reports are that the leader has, while the store is lost and nodes are not asked", async () => {
    node.counting.view = { store: "lost" };
    node.counting.others = [row({ id: "node-2", name: "beta", heardAt: Date.now() - 16_000 })];
    const { nodes } = await jsonOf(get("/v1/cluster"));
    assert.ok(Array.isArray(nodes));
    assert.ok(nodes[1].age >= 16, String(nodes[1].age));
    const html = (await (await get("/")).text()).replaceAll("&#160;", " ");
    assert.match(html, /data-column="pending" data-label="Pending">unknown for 1\d s</);
  });

  it("puts nodes in the order of their numbers", async () => {
    node.counting.others = ["n-10", "n-9", "n-1"].map((name) => row({ id: name, name }));
    const { nodes } = await jsonOf(get("/v1/cluster"));
    assert.ok(Array.isArray(nodes));
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ["alpha", "n-1", "n-9", "n-10"],
    );
  });

  it("works with HEAD wherever with GET, and counts nothing then", async () => {
    node.counting.totals.set("visits", 1n);
    const paths = ["/", "/?from=afar", "/v1/counters/visits", "/v1/counters", "/v1/cluster", "/v1/events", "/metrics"];
    for (const path of [...paths, "/healthz", "/readyz"]) {
      const { status, body, headers } = parseResponse(await exchange(node.port, request(`HEAD ${path}`)));
      assert.deepEqual([path, status, body], [path, 200, ""]);
      assert.equal(headers.get("content-type"), (await typeOfGet(path)) ?? "");
    }
  });

  async function typeOfGet(path: string): Promise<string | null> {
    const abort = new AbortController();
    const counted = node.counting.accepted;
    const response = await fetch(`${node.url}${path}`, { signal: abort.signal });
    abort.abort();
    assert.equal(node.counting.accepted - counted, path.startsWith("/?") || path === "/" ? 1 : 0);
    node.counting.accepted = counted;
    return response.headers.get("content-type");
  }

  it("is ready while the store is away, and not while it drains; alive in both", async () => {
    node.counting.view = { store: "away" };
    assert.equal((await get("/readyz")).status, 200);
    node.counting.draining = true;
    const refused = await get("/readyz");
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
    assert.equal((await get("/healthz")).status, 200);
  });

  it("is not ready before it has heard of all counters, and lists none then", async () => {
    node.counting.totals.set("visits", 1n);
    node.counting.copying = true;
    for (const path of ["/readyz", "/v1/counters", "/counters"]) {
      const refused = await get(path);
      const { type } = (await refused.json()) as { type: string };
      assert.deepEqual([path, refused.status, type], [path, 503, "urn:global-cluster:problem:catching-up"]);
    }
    assert.equal((await get("/healthz")).status, 200);
  });

  it("is not ready while its data directory is missing, and tells why", async () => {
    node.counting.directoryMissing = true;
    const refused = await get("/readyz");
    const problem = (await refused.json()) as { type: string };
    assert.deepEqual([refused.status, problem.type], [503, "urn:global-cluster:problem:journal"]);
    assert.equal(((await (await get("/v1/cluster")).json()) as { ready: boolean }).ready, false);
    assert.equal((await get("/healthz")).status, 200);
  });

  it("blames itself, not the client, for what it did not expect, and logs it", async () => {
    node.counting.cluster = () => {
      throw new Error("ouch");
    };
    const response = await get("/v1/cluster");
    assert.equal(response.status, 500);
    const problem = await jsonOf(response);
    assert.equal(problem.type, "urn:global-cluster:problem:our-fault");
    assert.doesNotMatch(JSON.stringify(problem), /ouch/);
    assert.match(node.logged.join("\n"), /request failed .*ouch/);
  });
});

function row(facts: Partial<NodeRow>): NodeRow {
  const addresses = { url: "http://127.0.0.1:1", peerAddress: "127.0.0.1:2" };
  const usual = { id: "", name: "", ...addresses, region: "us-east", state: "counting" } as const;
  const numbers = { hits: 10, committed: 10, pending: 0, active: 2 };
  return { ...usual, ...numbers, heardAt: Date.now(), durable: true, ...facts };
}
