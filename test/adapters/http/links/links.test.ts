import assert from "node:assert/strict";
import type { AuditJson } from "../../../../internal/adapters/http/adjusting/audit_route.ts";
import type { LinkedJson, LinksJson } from "../../../../internal/adapters/http/links/link_routes.ts";
import { eventually } from "../../../eventually.ts";
import { newKey } from "../../../processes/keyed_clients.ts";
import { type RealNode, startRealNode } from "../real_node.ts";

const THERE = "https://example.org/there?a=b#c";
const PERSON = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };

/** People with the right `admin` set links. Visitors of a link are counted, and then led where it was set to lead. */
describe("HTTP: links", () => {
  let real: RealNode;
  beforeEach(async () => {
    real = await startRealNode(undefined, undefined, 0);
    await eventually(async () => (await put("ready", { url: THERE })).status === 200);
  });
  afterEach(() => real.end());

  const send = (path: string, init: RequestInit = {}) => fetch(`${real.adminUrl}${path}`, init);
  const put = (counter: string, body: object, headers: Record<string, string> = {}) =>
    send(`/v1/links/${counter}`, {
      method: "PUT",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", ...headers },
    });
  const go = (path: string, init: RequestInit = {}) =>
    fetch(`${real.url}/go/${path}`, { redirect: "manual", ...init, headers: { ...PERSON, ...init.headers } });
  const hits = async (counter: string) => Number(real.node.read(counter)?.value ?? -1);
  const linked = async (response: Response) => {
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as LinkedJson;
  };
  const kindOf = async (response: Response) => {
    const { type } = (await response.json()) as { type: string };
    return [response.status, type.replace("urn:global-cluster:problem:", "")];
  };

  it("count a visit, and lead where they were set to lead", async () => {
    const set = await linked(await put("site/news", { url: "HTTPS://example.org/there?a=b#c", reason: "new" }));
    assert.deepEqual([set.counter, set.url, set.before, set.duplicate], ["site/news", THERE, null, false]);
    assert.equal(await hits("site/news"), 0);
    const response = await go("site/news");
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), THERE);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("referrer-policy"), "strict-origin-when-cross-origin");
    assert.equal(await response.text(), `Go on to ${THERE}\n`);
    assert.equal(await hits("site/news"), 1);
  });

  it("lead nowhere else, whatever the request says", async () => {
    await linked(await put("news", { url: THERE }));
    const elsewhere = encodeURIComponent("https://evil.example/");
    for (const path of [`news?url=${elsewhere}&to=${elsewhere}`, "NEWS?fbclid=1", `news#${elsewhere}`]) {
      const response = await go(path, {
        headers: { "X-Forwarded-Host": "evil.example", Referer: "https://evil.example/" },
      });
      assert.deepEqual([response.status, response.headers.get("location")], [302, THERE], path);
    }
    assert.equal(await hits("news"), 3);
    for (const path of [elsewhere, `news/${elsewhere}`, "https://evil.example/", "/evil.example/"]) {
      const response = await go(path);
      assert.ok(response.status === 400 || response.status === 404, `${path}: ${response.status}`);
      assert.equal(response.headers.get("location"), null);
    }
  });

  it("that do not exist count nothing", async () => {
    assert.deepEqual(await kindOf(await go("nobody")), [404, "unknown-link"]);
    assert.equal(real.node.read("nobody"), undefined);
    const page = await go("nobody", { headers: { Accept: "text/html" } });
    assert.equal(page.status, 404);
    assert.match(await page.text(), /This link leads nowhere/);
  });

  it("show programs where they lead, and count them apart", async () => {
    await linked(await put("news", { url: THERE }));
    const bot = await go("news", { headers: { "User-Agent": "Slackbot-LinkExpanding 1.0" } });
    assert.deepEqual([bot.status, bot.headers.get("location")], [302, THERE]);
    assert.deepEqual([await hits("news"), await hits("news/_bots")], [0, 1]);
    const head = await go("news", { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("location")], [302, THERE]);
    assert.deepEqual([await hits("news"), await hits("news/_bots")], [0, 1]);
  });

  it("are not loaded ahead: a browser would not ask again when its person comes", async () => {
    await linked(await put("news", { url: THERE }));
    for (const header of ["Sec-Purpose", "Purpose", "X-Moz"]) {
      const ahead = await go("news", { headers: { [header]: "prefetch" } });
      assert.deepEqual(await kindOf(ahead), [503, "loaded-ahead"]);
    }
    assert.deepEqual([await hits("news"), await hits("news/_bots")], [0, -1]);
  });

  it("say that a visit was not counted, and where they lead", async () => {
    await linked(await put("news", { url: THERE }));
    const drained = real.node.drain();
    await eventually(async () => (await go("news", { method: "GET" })).status === 503);
    const response = await go("news");
    assert.equal(response.headers.get("retry-after"), "1");
    const problem = (await response.json()) as { counted: boolean; destination: string };
    assert.deepEqual([problem.counted, problem.destination], [false, THERE]);
    const page = await go("news", { headers: { Accept: "text/html" } });
    assert.match(
      await page.text(),
      /Your visit was not counted\. Go on to <a href="https:\/\/example\.org\/there\?a=b#c">/,
    );
    await drained;
  });

  it("are set once for each key, changed and removed, and all of it is in the audit", async () => {
    const key = newKey();
    await linked(await put("news", { url: THERE, reason: "first" }, { "Idempotency-Key": key }));
    const moved = await linked(await put("news", { url: "https://example.org/moved" }));
    assert.deepEqual([moved.url, moved.before], ["https://example.org/moved", THERE]);
    const again = await linked(await put("news", { url: THERE, reason: "first" }, { "Idempotency-Key": key }));
    assert.deepEqual([again.url, again.before, again.duplicate, again.key], [THERE, null, true, key]);
    assert.equal((await go("news")).headers.get("location"), "https://example.org/moved");
    const other = await put("news", { url: "https://example.org/other" }, { "Idempotency-Key": key });
    assert.deepEqual(await kindOf(other), [422, "key-reused"]);
    const gone = await linked(await send("/v1/links/news", { method: "DELETE" }));
    assert.deepEqual([gone.url, gone.before], [null, "https://example.org/moved"]);
    assert.deepEqual(await kindOf(await go("news")), [404, "unknown-link"]);
    assert.equal(await hits("news"), 1);
    const { entries } = (await (await send("/v1/audit?limit=3")).json()) as AuditJson;
    assert.deepEqual(
      entries.map(({ action, counter, linked, before, after }) => [action, counter, linked, before, after]),
      [
        ["unlink", "news", { from: "https://example.org/moved", to: null }, 1, 1],
        ["link", "news", { from: THERE, to: "https://example.org/moved" }, 0, 0],
        ["link", "news", { from: null, to: THERE }, 0, 0],
      ],
    );
    assert.equal(entries.at(-1)?.reason, "first");
  });

  it("are listed by their names", async () => {
    await linked(await put("b", { url: THERE }));
    await linked(await put("a/b", { url: THERE }));
    const { links } = (await (await send("/v1/links")).json()) as LinksJson;
    assert.deepEqual(links, [
      { counter: "a/b", url: THERE },
      { counter: "b", url: THERE },
      { counter: "ready", url: THERE },
    ]);
  });

  it("are for people with the right admin only", async () => {
    const asked = [
      fetch(`${real.url}/v1/links`),
      fetch(`${real.url}/v1/links/news`, {
        method: "PUT",
        body: "{}",
        headers: { "Content-Type": "application/json" },
      }),
      fetch(`${real.url}/v1/links/news`, { method: "DELETE" }),
    ];
    for (const response of await Promise.all(asked)) assert.deepEqual(await kindOf(response), [401, "admin-needed"]);
  });

  it("are refused with a reason", async () => {
    const refused = async (counter: string, body: object) => kindOf(await put(counter, body));
    for (const url of ["javascript:alert(1)", "https://a:b@example.org/", "/here", "", 7, null])
      assert.deepEqual(await refused("news", { url }), [400, "bad-destination"]);
    assert.deepEqual(await refused("news", {}), [400, "bad-destination"]);
    assert.deepEqual(await refused("news", { url: THERE, value: 3 }), [400, "bad-body"]);
    assert.deepEqual(await refused("news/_visitors", { url: THERE }), [400, "bad-destination"]);
    assert.deepEqual(await refused("News", { url: THERE }), [400, "bad-name"]);
    assert.equal(real.node.read("news"), undefined);
  });
});
