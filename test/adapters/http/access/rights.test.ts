import assert from "node:assert/strict";
import type { AccessOptions } from "../../../../internal/adapters/http/access/gate.ts";
import { type AccessPolicy, USUAL_POLICY } from "../../../../internal/core/access/policy.ts";
import { jsonOf } from "../json_of.ts";
import { type Serving, serve } from "../serving.ts";
import { bearer, tokensFor } from "./tokens.ts";

const TOKENS = tokensFor({ all: {}, blog: { counters: ["blog-*"] }, boss: { rights: ["admin"] } });
const PROBLEM = "urn:global-cluster:problem:";

/** What a request may do without a token, with one, and with a wrong one. What is refused is not counted, and says so. */
describe("HTTP: rights", () => {
  let node: Serving;
  const start = async (policy: Partial<AccessPolicy> = {}, access: Partial<AccessOptions> = {}) => {
    node = await serve({ access: { policy: { ...USUAL_POLICY, ...policy }, tokens: TOKENS, ...access } });
  };
  afterEach(() => node.close(100));

  async function hit(counter: string, by: number | null = null, headers: Record<string, string> = {}) {
    const body = by === null ? {} : { body: JSON.stringify({ by }) };
    const type = by === null ? {} : { "Content-Type": "application/json" };
    const response = await fetch(`${node.url}/v1/counters/${counter}/hits`, {
      ...{ method: "POST", headers: { ...type, ...headers } },
      ...body,
    });
    const json = await jsonOf(response);
    return { status: response.status, kind: String(json.type ?? "").replace(PROBLEM, ""), json, response };
  }
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${node.url}${path}`, { headers });

  it("by default: one hit a request, also of a new counter", async () => {
    await start();
    assert.equal((await hit("a")).status, 200);
    assert.equal((await hit("a", 1)).status, 200);
    const { status, kind, json, response } = await hit("a", 1000);
    assert.deepEqual([status, kind, json.counted], [401, "token-needed", false]);
    assert.match(String(json.detail), /1000 hits at once, of which 1 is allowed/);
    assert.match(String(json.remedy), /global-cluster token create/);
    assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer realm="global-cluster"$/);
    assert.equal(node.counting.accepted, 2);
  });

  it("with a token: as many as a request takes, of its counters alone", async () => {
    await start();
    assert.equal((await hit("a", 1000, bearer("all"))).status, 200);
    assert.equal((await hit("blog-1", 1000, bearer("blog"))).status, 200);
    const { status, kind, json } = await hit("visits", 1000, bearer("blog"));
    assert.deepEqual([status, kind, json.counted], [403, "token-not-for-this", false]);
    // What needs no token may be done with any.
    assert.equal((await hit("visits", null, bearer("blog"))).status, 200);
    assert.equal(node.counting.accepted, 2001);
  });

  it("with a token that nobody has: nothing, also where none is needed", async () => {
    await start();
    node.counting.totals.set("visits", 1n);
    for (const value of [bearer("nobody").Authorization, "Bearer", "Basic YTpi", "Bearer gc_x", ""]) {
      const { status, kind, json, response } = await hit("visits", null, { Authorization: value });
      assert.deepEqual([status, kind, json.counted], [401, "bad-token", false], value);
      assert.match(response.headers.get("www-authenticate") ?? "", /error="invalid_token"/);
    }
    for (const path of ["/", "/pixel/visits.gif", "/badge/visits.svg", "/v1/events", "/v1/counters"])
      await (await get(path, bearer("nobody"))).body?.cancel();
    assert.equal(node.counting.accepted, 0);
  });

  it("without any tokens: each one is wrong", async () => {
    await start({}, { tokens: null });
    assert.equal((await hit("visits", null, bearer("all"))).kind, "bad-token");
  });

  it("name another number of hits, for all counters and by name", async () => {
    await start({ maxBy: { usual: 5, named: new Map([["big-*", 100]]) } });
    const statuses = [await hit("a", 5), await hit("a", 6), await hit("big-1", 100), await hit("big-1", 101)];
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [200, 401, 200, 401],
    );
  });

  it("may let strangers only read: pages and badges show the total, and count nothing", async () => {
    await start({ anonymous: { usual: "read", named: new Map() } });
    node.counting.totals.set("a", 1_234n);
    assert.deepEqual([(await hit("a")).status, (await hit("a")).kind], [401, "token-needed"]);
    const page = await get("/c/a");
    assert.equal(page.status, 200);
    assert.match(await page.text(), /1,234.*Your visit was not counted/s);
    assert.match(await (await get("/badge/a.svg")).text(), /1,234/);
    assert.equal((await get("/pixel/a.gif")).headers.get("problem-type"), `${PROBLEM}token-needed`);
    assert.equal((await jsonOf(get("/v1/counters/a"))).value, 1234);
    assert.equal(node.counting.accepted, 0);
    assert.equal((await hit("a", null, bearer("all"))).status, 200);
    assert.match(await (await get("/c/a", bearer("all"))).text(), /You are visit number/);
    assert.equal(node.counting.accepted, 2);
  });

  it("may close a counter to strangers, everywhere", async () => {
    await start({ anonymous: { usual: "count", named: new Map([["blog-*", "none"]]) } });
    node.counting.totals.set("blog-1", 5n).set("visits", 7n);
    const paths = ["/c/blog-1", "/v1/counters/blog-1", "/badge/blog-1.json", "/v1/events?counter=blog-1"];
    for (const path of paths) assert.equal((await get(path)).status, 401, path);
    const badge = await get("/badge/blog-1.svg");
    assert.equal(badge.headers.get("problem-type"), `${PROBLEM}token-needed`);
    for (const path of ["/v1/counters", "/counters"]) {
      const text = await (await get(path)).text();
      assert.ok(text.includes("visits") && !text.includes("blog-1"), path);
    }
    assert.equal((await get("/v1/counters/blog-1", bearer("blog"))).status, 200);
    assert.match(await (await get("/v1/counters", bearer("blog"))).text(), /blog-1/);
    assert.equal(node.counting.accepted, 0);
  });

  it("may close everything to strangers", async () => {
    await start({ anonymous: { usual: "none", named: new Map() } });
    for (const path of ["/", "/counters", "/v1/counters", "/v1/events", "/v1/counters/visits"])
      assert.equal((await get(path)).status, 401, path);
    for (const path of ["/count.js", "/openapi.json", "/robots.txt", "/healthz"])
      assert.equal((await get(path)).status, 200, path);
    assert.equal((await get("/v1/counters", bearer("blog"))).status, 200);
  });

  it("may keep new counters to tokens, or to nobody", async () => {
    await start({
      create: {
        usual: "token",
        named: new Map([
          ["open-*", "anyone"],
          ["never", "nobody"],
        ]),
      },
    });
    assert.deepEqual(
      [(await hit("new")).kind, (await hit("new", null, bearer("blog"))).kind],
      ["token-needed", "token-not-for-this"],
    );
    assert.equal((await hit("open-1")).status, 200);
    assert.equal((await hit("new", null, bearer("all"))).status, 200);
    assert.equal((await hit("new")).status, 200);
    const { status, kind, json } = await hit("never", null, bearer("all"));
    assert.deepEqual([status, kind, json.counted], [403, "no-new-counters", false]);
    assert.equal((await hit("visits")).status, 200);
  });

  it("let nobody count where visitors are counted", async () => {
    node = await serve({ access: { tokens: TOKENS } });
    node.counting.totals.set("blog.example/_visitors", 1n);
    const counter = encodeURIComponent("blog.example/_visitors");
    for (const headers of [{}, bearer("all")]) {
      const { status, kind, json } = await hit(counter, null, headers);
      assert.deepEqual([status, kind, json.counted], [403, "visitors-only", false]);
    }
    for (const path of [
      "/c/blog.example/_visitors",
      "/badge/blog.example/_visitors.svg",
      "/pixel/blog.example/_visitors.gif",
    ])
      await (await get(path)).body?.cancel();
    assert.equal(node.counting.accepted, 0);
  });

  it("show an admin the whole cluster where the admin side has another address", async () => {
    node = await serve({ adminElsewhere: true, access: { tokens: TOKENS } });
    const fieldsFor = async (headers: Record<string, string>) => Object.keys(await jsonOf(get("/v1/cluster", headers)));
    assert.ok((await fieldsFor(bearer("boss"))).includes("ledger"));
    for (const headers of [{}, bearer("all")]) assert.ok(!(await fieldsFor(headers)).includes("ledger"));
  });
});
