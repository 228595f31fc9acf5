import assert from "node:assert/strict";
import { USUAL_ACCESS } from "../../../../internal/adapters/http/access/gate.ts";
import { MAX_COUNTERS_OF_SITE } from "../../../../internal/adapters/http/access/site_room.ts";
import type { ViewJson } from "../../../../internal/adapters/http/visits/view_response.ts";
import { systemClock } from "../../../../internal/adapters/system/system_clock.ts";
import type { CounterRules } from "../../../../internal/core/access/counter_rules.ts";
import { type AnonymousRight, type Creator, USUAL_POLICY } from "../../../../internal/core/access/policy.ts";
import { hourAt } from "../../../../internal/core/days/hour.ts";
import { jsonOf } from "../json_of.ts";
import { type Serving, serve } from "../serving.ts";

const BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const SITE = "blog.example";

/** `POST /v1/visits` counts a view for its page, its site, and as a visit. */
describe("ways: views of a site's pages", () => {
  let node: Serving;
  afterEach(() => node.close(100));

  const post = (query: string, headers: Record<string, string> = {}, options: RequestInit = {}) =>
    fetch(`${node.url}/v1/visits?${query}`, {
      method: "POST",
      headers: { "user-agent": BROWSER, ...headers },
      ...options,
    });
  const viewed = async (query: string, headers: Record<string, string> = {}) => {
    const response = await post(query, headers);
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as ViewJson;
  };
  const pending = () => Object.fromEntries(node.counting.pending);

  it("count for page, site and visit, the first one and later ones", async () => {
    node = await serve();
    node.counting.asOf = Date.now();
    for (let views = 1; views <= 3; views++) {
      const view = await viewed(`site=${SITE}&path=/posts/1/%3Futm_source%3Dx&visit=${views === 1}`);
      const counts = { page: views, site: views, visits: 1, visitors: Math.min(views - 1, 1), today: 0 };
      assert.deepEqual(view, { site: SITE, page: "blog.example/posts/1", counted: true, counts });
    }
    assert.deepEqual((await viewed(`site=${SITE}&path=/`)).counts, {
      page: 1,
      site: 4,
      visits: 1,
      visitors: 1,
      today: 0,
    });
    const counted = {
      "blog.example/posts/1": 3,
      "blog.example": 4,
      "blog.example/_visits": 1,
      "blog.example/index": 1,
    };
    assert.deepEqual(pending(), counted);
  });

  it("show the page's views of today that are committed, to people and to programs", async () => {
    const now = Date.parse("2026-11-29T10:30:00Z");
    node = await serve({ clock: { ...systemClock, wall: () => now } });
    const { counting } = node;
    counting.asOf = now;
    const hour = hourAt(now);
    const page = `${SITE}/a`;
    counting.totals.set(page, 100n);
    counting.hours = [
      { of: page, hour: hour - 11, hits: 90 },
      { of: page, hour: hour - 10, hits: 10 },
    ];
    const today = async (path: string, headers = {}) =>
      (await viewed(`site=${SITE}&path=${path}`, headers)).counts.today;
    assert.deepEqual([await today("/a"), await today("/a"), await today("/b")], [10, 10, 0]);
    counting.hours.push({ of: page, hour, hits: 2 });
    counting.round();
    assert.deepEqual([await today("/a"), await today("/a", { "user-agent": CRAWLER })], [12, 12]);
    counting.days = "loading";
    counting.round();
    assert.equal(await today("/a"), null);
  });

  it("are answered like a hit: no cache keeps it, any page may read it", async () => {
    node = await serve();
    for (let time = 0; time < 2; time++) {
      const { headers } = await post(`site=${SITE}`, { origin: "https://blog.example" });
      assert.deepEqual(
        ["content-type", "cache-control", "access-control-allow-origin"].map((name) => headers.get(name)),
        ["application/json", "no-store", "*"],
      );
    }
  });

  it("have no number before the first snapshot", async () => {
    node = await serve();
    node.counting.known = false;
    assert.deepEqual((await viewed(`site=${SITE}`)).counts, {
      page: null,
      site: null,
      visits: null,
      visitors: null,
      today: null,
    });
  });

  it("by programs, and by browsers ahead of a person, are set aside", async () => {
    node = await serve();
    assert.equal((await viewed(`site=${SITE}`, { "user-agent": CRAWLER })).counted, false);
    assert.deepEqual(pending(), {}, "a program created a site");
    await viewed(`site=${SITE}&visit=true`);
    for (const headers of [
      { "user-agent": CRAWLER },
      { "user-agent": "x".repeat(513) },
      { "sec-purpose": "prefetch" },
      { "sec-purpose": "prefetch;prerender" },
      { purpose: "prefetch" },
      { "x-moz": "prefetch" },
    ]) {
      const view = await viewed(`site=${SITE}&visit=true`, headers);
      assert.deepEqual([view.counted, view.counts], [false, { page: 1, site: 1, visits: 1, visitors: 1, today: null }]);
    }
    assert.equal(pending()["blog.example/_bots"], 6);
    assert.equal(node.counting.accepted, 3 + 6);
  });

  it("by programs are refused, as those by people are, until the node has heard a leader", async () => {
    node = await serve();
    node.counting.known = false;
    node.counting.refusal = "upgrading";
    for (const agent of [CRAWLER, BROWSER]) {
      const { status } = await post(`site=${SITE}`, { "user-agent": agent });
      assert.equal(status, 503, agent);
    }
    node.counting.copying = true;
    node.counting.refusal = null;
    const answer = await post(`site=${SITE}`, { "user-agent": CRAWLER });
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /:catching-up".*It did not count the view\./);
    assert.deepEqual(pending(), {}, "a program created a site");
  });

  describe("count visitors", () => {
    const visitorsOf = (name: string) => Number(node.counting.totals.get(`${SITE}${name}/_visitors`) ?? 0);
    const counted = () => [visitorsOf(""), visitorsOf("/a"), visitorsOf("/b")];

    it("once, of the site and of each page, by address and browser", async () => {
      node = await serve({ access: { ...USUAL_ACCESS, trustedProxies: ["127.0.0.1"] } });
      const from = (address: string, agent = BROWSER) => ({ "x-forwarded-for": address, "user-agent": agent });
      for (const path of ["/a", "/a", "/b"]) await viewed(`site=${SITE}&path=${path}`, from("192.0.2.1"));
      assert.deepEqual(counted(), [1, 1, 1]);
      await viewed(`site=${SITE}&path=/a`, from("192.0.2.2"));
      await viewed(`site=${SITE}&path=/a`, from("192.0.2.2", `${BROWSER} other`));
      assert.deepEqual(counted(), [3, 3, 1]);
      await viewed(`site=${SITE}&path=/a`, from("2001:db8:1:2::1"));
      await viewed(`site=${SITE}&path=/a`, from("2001:db8:1:2:ffff::2"));
      assert.deepEqual(counted(), [4, 4, 1]);
      await viewed(`site=${SITE}&path=/a`, from("2001:db8:1:3::1"));
      assert.deepEqual(counted(), [5, 5, 1]);
    });

    it("not if they do not want to be told apart, and no programs", async () => {
      node = await serve();
      await viewed(`site=${SITE}&path=/a`, { "sec-gpc": "1" });
      await viewed(`site=${SITE}&path=/a`, { "sec-gpc": "1" });
      await viewed(`site=${SITE}&path=/a&visitors=false`);
      await viewed(`site=${SITE}&path=/a&visitors=false`);
      await viewed(`site=${SITE}&path=/a`, { "user-agent": CRAWLER });
      assert.deepEqual([counted(), pending()[SITE]], [[0, 0, 0], 4]);
    });

    it("not if the view is refused", async () => {
      node = await serve();
      node.counting.refusal = "journal";
      for (let time = 0; time < 2; time++) await post(`site=${SITE}&path=/a`);
      assert.deepEqual(counted(), [0, 0, 0]);
    });
  });

  it("are refused with what is wrong", async () => {
    node = await serve();
    for (const query of [
      "",
      "site=",
      "site=a/b",
      "site=-",
      `site=${SITE}&path=x`,
      `site=${SITE}&visit=1`,
      `site=${SITE}&visitors=none`,
      `site=${SITE}&by=2`,
      "site=a&site=b",
    ]) {
      const response = await post(query);
      assert.deepEqual(
        [response.status, (await jsonOf(response)).type],
        [400, "urn:global-cluster:problem:bad-query"],
        query,
      );
    }
    const withBody = await post(`site=${SITE}`, {}, { body: "{}" });
    assert.deepEqual([withBody.status, (await jsonOf(withBody)).type], [400, "urn:global-cluster:problem:bad-body"]);
    node.counting.refusal = "journal";
    for (let time = 0; time < 2; time++) {
      const response = await post(`site=${SITE}`, { origin: "https://blog.example" });
      assert.deepEqual([response.status, (await jsonOf(response)).counted], [503, false]);
      assert.equal(response.headers.get("access-control-allow-origin"), "*");
    }
    assert.deepEqual(pending(), {});
  });

  it("of sites that are not allowed are refused", async () => {
    node = await serve({ allowedOrigins: new Set(["https://blog.example"]) });
    assert.equal((await post(`site=${SITE}`, { origin: "https://blog.example" })).status, 200);
    for (const path of ["/", "/new"])
      assert.equal((await post(`site=${SITE}&path=${path}`, { origin: "https://stranger.example" })).status, 403);
    assert.equal(node.counting.accepted, 2);
  });

  it("of 300 pages all have a counter, though all visitors have one address", async () => {
    node = await serve();
    for (let at = 0; at < 300; at++) {
      const view = await viewed(`site=${SITE}&path=/posts/${at}`);
      assert.deepEqual([view.counts.page, view.counts.site], [1, at + 1]);
    }
    const beyond = await viewed(`site=${SITE}&path=/posts/300&visit=true`);
    const counts = { page: null, site: 301, visits: 1, visitors: 1, today: null };
    assert.deepEqual(beyond, { site: SITE, page: null, counted: true, counts });
    assert.equal((await viewed(`site=${SITE}&path=/posts/7`)).counts.page, 2);
    assert.equal(pending()["blog.example/_other"], 1);
  });

  it("of more pages than a site may have count for its other pages", async () => {
    node = await serve();
    node.counting.totals.set(SITE, 5n);
    for (let at = 0; at < MAX_COUNTERS_OF_SITE - 1; at++) node.counting.totals.set(`${SITE}/posts/${at}`, 1n);
    node.counting.totals.set(`${SITE}0`, 1n);
    assert.equal((await viewed(`site=${SITE}&path=/last`)).page, `${SITE}/last`);
    node.counting.round();
    assert.equal((await viewed(`site=${SITE}&path=/beyond`)).page, null);
    assert.equal((await viewed(`site=${SITE}&path=/last`)).counts.page, 2);
    assert.equal((await viewed("site=other.example&path=/first")).counts.page, 1);
    assert.deepEqual(node.counting.pending.get(`${SITE}/_other`), 1);
  });

  it("of a new page count for the site's other pages where the ledger is full", async () => {
    node = await serve();
    for (const name of [SITE, `${SITE}/_other`]) node.counting.totals.set(name, 1n);
    node.counting.full = true;
    assert.deepEqual(await viewed(`site=${SITE}&path=/new`), {
      ...{ site: SITE, page: null, counted: true },
      counts: { page: null, site: 2, visits: 0, visitors: 0, today: null },
    });
    assert.equal((await post("site=other.example")).status, 409);
  });

  it("create a site only where it may be created, and its pages with it", async () => {
    const create: CounterRules<Creator> = { usual: "token", named: new Map([["blog.example/secret*", "nobody"]]) };
    node = await serve({ access: { policy: { ...USUAL_POLICY, create } } });
    assert.equal((await post(`site=${SITE}`)).status, 401);
    node.counting.totals.set(SITE, 5n);
    assert.equal((await viewed(`site=${SITE}&path=/a`)).page, `${SITE}/a`);
    assert.equal((await viewed(`site=${SITE}&path=/secret/a`)).page, null);
  });

  it("count only where views may be counted", async () => {
    const anonymous: CounterRules<AnonymousRight> = {
      usual: "count",
      named: new Map([
        ["blog.example/closed", "read"],
        ["shut.example", "none"],
      ]),
    };
    node = await serve({ access: { policy: { ...USUAL_POLICY, anonymous } } });
    assert.equal((await post(`site=${SITE}&path=/closed`)).status, 401);
    for (const agent of [BROWSER, CRAWLER])
      assert.equal((await post("site=shut.example", { "user-agent": agent })).status, 401);
    assert.deepEqual(pending(), {});
  });
});

describe("names with slashes", () => {
  let node: Serving;
  before(async () => {
    node = await serve();
  });
  after(() => node.close(100));
  const get = (path: string, accept = "*/*") => fetch(node.url + path, { headers: { accept } });
  const text = async (path: string) => (await get(path)).text();

  it("stand in every URL as they are, or escaped", async () => {
    for (const name of ["blog.example/posts/1", "blog.example%2Fposts%2F1", "blog.example/posts%2F1"]) {
      const before = node.counting.pending.get("blog.example/posts/1") ?? 0;
      assert.equal((await fetch(`${node.url}/v1/counters/${name}/hits`, { method: "POST" })).status, 200);
      assert.match(await text(`/badge/${name}.svg`), new RegExp(`: ${before + 2}<`));
      assert.equal((await get(`/pixel/${name}.gif`)).headers.get("problem-type"), null);
      assert.match(await text(`/c/${name}`), new RegExp(`You are visit number <strong>${before + 4}<`));
      assert.match(await text(`/c/${name}/embed`), /Count <strong>blog\.example\/posts\/1</);
      assert.equal((await jsonOf(await get(`/v1/counters/${name}`))).value, before + 4);
      assert.equal((await jsonOf(await get(`/badge/${name}.json`))).label, "blog.example/posts/1");
      assert.equal(node.counting.pending.get("blog.example/posts/1"), before + 4);
    }
  });

  it("may end as other paths do", async () => {
    for (const name of ["a/hits", "a/b.svg", "a/embed"]) node.counting.totals.set(name, 7n);
    assert.equal((await jsonOf(await get("/v1/counters/a/hits"))).value, 7);
    await fetch(`${node.url}/v1/counters/a/hits/hits`, { method: "POST" });
    assert.equal(node.counting.pending.get("a/hits"), 1);
    assert.match(await text("/badge/a/b.svg.svg?count=false"), /: 7</);
    for (let time = 0; time < 2; time++) assert.match(await text("/c/a/embed"), /Count <strong>a</);
    assert.match(await text("/c/a%2Fembed"), /You are visit number <strong>8</);
    assert.match(await text("/c/a/embed/embed"), /<a href="\/c\/a%2Fembed">/);
    node.counting.round();
    assert.match(await text("/counters?prefix=a/"), /<a href="\/c\/a%2Fembed">a\/embed</);
  });

  it("are refused where a part is none", async () => {
    for (const name of ["a//b", "a/", "/a", "a/-b", "a/..%2Fb"])
      assert.notEqual((await get(`/v1/counters/${name}`)).status, 200, name);
    assert.equal((await jsonOf(await get("/v1/counters/a//b"))).type, "urn:global-cluster:problem:bad-name");
  });
});
