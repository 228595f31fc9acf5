import assert from "node:assert/strict";
import { USUAL_RATES } from "../../../../internal/adapters/http/access/access_rates.ts";
import { systemClock } from "../../../../internal/adapters/system/system_clock.ts";
import { USUAL_POLICY } from "../../../../internal/core/access/policy.ts";
import { eventually } from "../../../eventually.ts";
import { OPEN_ACCESS } from "../open_access.ts";
import { RawClient } from "../raw_client.ts";
import { type RealNode, startRealNode } from "../real_node.ts";
import { type Serving, serve } from "../serving.ts";

const ONE_AN_HOUR = { burst: 1, intervalMs: 3_600_000 };

/** Opening a page creates no counter, and creating by hits has a rate. */
describe("HTTP: new names", () => {
  let node: Serving;
  beforeEach(async () => {
    // The clock stands still: on a slow machine, a rate would give more.
    node = await serve({ clock: { ...systemClock, monotonic: () => 0 } });
  });
  afterEach(() => node.close(100));

  const get = (path: string, method = "GET") => fetch(`${node.url}${path}`, { method });
  const post = (counter: string) => fetch(`${node.url}/v1/counters/${counter}/hits`, { method: "POST" });

  it("the page of a counter that does not exist is there, with status 404, and counts nothing", async () => {
    const page = await get("/c/nobody-counted-this");
    assert.equal(page.status, 404);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(await page.text(), /<strong>nobody-counted-this<\/strong>.*so your visit was not counted/s);
    assert.equal((await get("/c/nobody-counted-this", "HEAD")).status, 404);
    assert.equal(node.counting.accepted, 0);
    await post("nobody-counted-this");
    assert.equal((await get("/c/nobody-counted-this")).status, 200);
    assert.equal(node.counting.accepted, 2);
  });

  it("`visits` counts from the first visit on", async () => {
    assert.match(await (await get("/")).text(), /You are visit number <strong>1</);
  });

  it("a page creates the counters that --create names", async () => {
    const create = { usual: "token" as const, named: new Map([["blog-*", "anyone" as const]]) };
    const open = await serve({ access: { policy: { ...USUAL_POLICY, create } } });
    assert.equal((await fetch(`${open.url}/c/blog-1`)).status, 200);
    assert.equal((await fetch(`${open.url}/c/other`)).status, 404);
    assert.deepEqual([...open.counting.pending.keys()], ["blog-1"]);
    await open.close(100);
  });

  it("before the first snapshot, no visit is lost because its counter is not known yet", async () => {
    node.counting.known = false;
    assert.equal((await get("/c/blog")).status, 200);
    assert.equal(node.counting.accepted, 1);
  });

  it("hits, badges and pixels create counters, up to a rate", async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 70; index += 1) statuses.push((await post(`n${index}`)).status);
    assert.deepEqual(statuses, [...Array(60).fill(200), ...Array(10).fill(429)]);
    const response = await post("one-more");
    assert.equal(response.headers.get("retry-after"), "6");
    const problem = (await response.json()) as { type: string; counted: boolean; detail: string };
    assert.deepEqual([problem.type, problem.counted], ["urn:global-cluster:problem:too-often", false]);
    assert.match(problem.detail, /too many new counters/);
    for (const path of ["/badge/other.svg", "/pixel/other.gif"])
      assert.equal((await get(path)).headers.get("problem-type"), "urn:global-cluster:problem:too-often");
    // Others are not limited: neither counters that exist nor other addresses.
    assert.equal((await post("n0")).status, 200);
    assert.equal((await get("/")).status, 200);
    assert.equal(await statusFrom("127.0.0.9"), 200);
    assert.equal(node.counting.pending.size, 62);
  });

  it("take nothing of the rate while their hits are refused anyway: each one hears why", async () => {
    const kinds = new Set<string>();
    const send = async (headers: Record<string, string>) => {
      const response = await fetch(`${node.url}/v1/counters/new/hits`, { method: "POST", headers });
      kinds.add(((await response.json()) as { type: string }).type);
    };
    node.counting.refusal = "too-many-counters";
    node.counting.keyedOutcome = { accepted: false, reason: "no-keys-yet", waitsFor: ["old"], counted: false };
    for (let times = 0; times < 70; times += 1) {
      await send({});
      await send({ "idempotency-key": "01932c07-2c5a-7d3c-9a5e-6f1d0c2b4a98" });
    }
    const kindsOf = (...names: string[]) => names.map((name) => `urn:global-cluster:problem:${name}`);
    assert.deepEqual([...kinds], kindsOf("too-many-counters", "upgrading"));
    node.counting.refusal = node.counting.keyedOutcome = null;
    assert.equal((await post("new")).status, 200);
  });

  it("pages of unknown counters have a rate, and pages of others have none", async () => {
    node.counting.totals.set("known", 1n);
    const statuses = await Promise.all(Array.from({ length: 40 }, async (_, at) => (await get(`/c/u${at}`)).status));
    assert.equal(statuses.filter((status) => status === 404).length, 30);
    assert.equal(statuses.filter((status) => status === 429).length, 10);
    for (let times = 0; times < 40; times += 1) assert.equal((await get("/c/known")).status, 200);
  });

  async function statusFrom(address: string): Promise<number | undefined> {
    const client = await RawClient.open(node.port, { localAddress: address });
    client.send("POST /v1/counters/from-elsewhere/hits HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await client.untilClosed();
    return client.statuses[0];
  }
});

/** Requests that one read of a connection brings are handled in one turn, at whose end their hits are written together. */
describe("HTTP: the first hits of a counter, all in one turn", () => {
  const RATES = { ...USUAL_RATES, newCounters: { perAddress: ONE_AN_HOUR, inAll: ONE_AN_HOUR } };
  let real: RealNode;
  before(async () => {
    real = await startRealNode(undefined, { ...OPEN_ACCESS, rates: RATES });
  });
  after(() => real.end());

  it("create it once: none of them is refused for its rate", async () => {
    const client = await RawClient.open(Number(new URL(real.url).port));
    client.send("GET /pixel/fresh.gif HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(20));
    await eventually(() => client.statuses.length === 20);
    client.socket.destroy();
    assert.doesNotMatch(client.received, /^problem-type:/im);
    assert.equal(real.node.statistics().accepted, 20);
  });
});
