import assert from "node:assert/strict";
import { eventually } from "../../../eventually.ts";
import { bearer, tokenOf, tokensFor } from "../access/tokens.ts";
import { OPEN_ACCESS } from "../open_access.ts";
import { type RealNode, startRealNode } from "../real_node.ts";
import { serve } from "../serving.ts";

const TOKENS = tokensFor({
  boss: { rights: ["count", "admin"] },
  blogger: { rights: ["count", "admin"], counters: ["blog"] },
  counter: {},
});

/** The admin page changes counters only for a person who may, by a form that this page has sent to that person. */
describe("HTTP: the admin page's forms", () => {
  let real: RealNode;
  before(async () => {
    real = await startRealNode(undefined, { ...OPEN_ACCESS, tokens: TOKENS }, 0);
    await eventually(async () => (await send({ name: "ready", value: "1" })).status === 303);
  });
  after(() => real.end());

  /** Where the page is, and who asks for it. */
  interface Asking {
    readonly at?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }

  const cookie = (name: string) => ({ Cookie: `theme=dark; global-cluster-admin=${tokenOf(name)}` });
  const get = (path: string, { at = real.adminUrl, headers = {} }: Asking = {}) =>
    fetch(`${at}${path}`, { headers, redirect: "manual" });

  async function fieldsOf(name: string, asking: Asking): Promise<Record<string, string>> {
    const page = await (await get(`/admin/counter?name=${name}`, asking)).text();
    const fields = [...page.matchAll(/name="(mark|key)" value="([^"]*)"/g)].map(([, field = "", value = ""]) => [
      field,
      value,
    ]);
    return Object.fromEntries(fields.slice(0, page.includes("Sign out") ? 3 : 2));
  }

  /** Sends a form as a browser does, with the fields of the page before it. */
  async function send(fields: Record<string, string>, asking: Asking = {}, more: Record<string, string> = {}) {
    const { at = real.adminUrl, headers = {} } = asking;
    const hidden = await fieldsOf(fields.name ?? "", asking);
    return fetch(`${at}/admin/counter`, {
      method: "POST",
      redirect: "manual",
      headers: { Origin: at, "Sec-Fetch-Site": "same-origin", ...headers, ...more },
      body: new URLSearchParams({ action: "set", ...hidden, ...fields }),
    });
  }

  const value = (counter: string) => real.node.read(counter)?.value ?? null;

  it("set and remove a link, from this page and for its counters only", async () => {
    const page = await (await get("/admin/links")).text();
    const [, mark = ""] = /name="mark" value="([^"]*)"/.exec(page) ?? [];
    const [, key = ""] = /name="key" value="([^"]*)"/.exec(page) ?? [];
    const form = { mark, key, action: "link", name: " Blog ", url: " https://example.org/<new> " };
    const post = (fields: Record<string, string>, headers: Record<string, string> = {}, at = real.adminUrl) =>
      fetch(`${at}/admin/links`, {
        method: "POST",
        redirect: "manual",
        headers: { Origin: at, "Sec-Fetch-Site": "same-origin", ...headers },
        body: new URLSearchParams({ ...form, ...fields }),
      });
    const links = () => real.node.adjusting.links()?.get("blog");
    assert.equal((await post({ mark: "" })).status, 403);
    assert.equal((await post({}, { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" })).status, 403);
    assert.equal((await post({ url: "javascript:alert(1)" })).status, 400);
    assert.equal((await post({ action: "set", value: "1" })).status, 400);
    assert.equal(links(), undefined);
    const set = await post({});
    assert.equal(set.status, 303, await set.text());
    assert.equal(links(), "https://example.org/%3Cnew%3E");
    const after = await (await get(set.headers.get("location") ?? "")).text();
    assert.match(after, /\/go\/blog leads to https:\/\/example\.org\/%3Cnew%3E\./);
    const blogger = await (await get("/admin/links", { headers: cookie("counter") })).text();
    assert.doesNotMatch(blogger, /example\.org/);
    const [, second = ""] = /name="key" value="([^"]*)"/.exec(after) ?? [];
    assert.equal((await post({ action: "unlink", key: second })).status, 303);
    assert.equal(links(), undefined);
  });

  it("set, reset and delete a counter, and say what it had", async () => {
    const set = await send({ name: "blog", value: "1234", reason: "moved <here>" });
    assert.equal(set.status, 303, await set.text());
    const page = await (await get(set.headers.get("location") ?? "")).text();
    assert.match(page, /role="status">blog was set to 1,234\. It had 0\.</);
    assert.equal(value("blog"), 1234n);
    await send({ name: "blog", action: "reset", reason: "abused" });
    assert.equal(value("blog"), 0n);
    await send({ name: "blog", action: "delete" });
    assert.equal(value("blog"), null);
    const audit = await (await get("/admin/audit")).text();
    assert.match(audit, /<td class="text">moved &lt;here&gt;<\/td><td>0<\/td><td>1,234<\/td><td>\d+<\/td>/);
    assert.match(audit, /<td class="text">admin port<\/td><td class="text">delete<\/td>/);
  });

  it("do what a form says once, however often it is sent", async () => {
    const hidden = await fieldsOf("twice", {});
    const body = new URLSearchParams({ ...hidden, action: "set", name: "twice", value: "5" });
    const post = () =>
      fetch(`${real.adminUrl}/admin/counter`, {
        method: "POST",
        redirect: "manual",
        headers: { Origin: real.adminUrl },
        body,
      });
    assert.equal((await post()).status, 303);
    await send({ name: "twice", value: "6" });
    assert.equal((await post()).status, 303);
    assert.equal(value("twice"), 6n);
  });

  for (const [name, headers] of [
    ["of another origin", { Origin: "https://evil.example" }],
    ["of another port of this machine", { Origin: "http://127.0.0.1:1" }],
    ["of a page that hides its origin", { Origin: "null" }],
    ["of another site, whatever its origin is", { "Sec-Fetch-Site": "cross-site" }],
    ["of a page of the same site with another origin", { "Sec-Fetch-Site": "same-site" }],
  ] as const) {
    it(`refuse a form ${name}`, async () => {
      const response = await send({ name: "foreign", value: "1" }, {}, headers);
      assert.equal(response.status, 403);
      assert.match(await response.text(), /Form of another page/);
      assert.equal(value("foreign"), null);
    });
  }

  it("refuse a form that does not say where it comes from, or has not the mark of its person", async () => {
    const hidden = await fieldsOf("unmarked", {});
    const body = { ...hidden, action: "set", name: "unmarked", value: "1" };
    const post = (fields: Record<string, string>, headers: Record<string, string>, at = real.adminUrl) =>
      fetch(`${at}/admin/counter`, { method: "POST", headers, body: new URLSearchParams(fields) });
    assert.equal((await post(body, {})).status, 403);
    const own = { Origin: real.adminUrl };
    assert.equal((await post({ ...body, mark: "" }, own)).status, 403);
    assert.equal((await post({ ...body, mark: `${hidden.mark}x` }, own)).status, 403);
    assert.equal((await post(body, { ...own, ...cookie("boss") })).status, 403, "the mark of somebody else");
    assert.equal(value("unmarked"), null);
  });

  it("refuse fields that say nothing that can be done", async () => {
    for (const [fields, words] of [
      [{ name: "odd", value: "1.5" }, /The new total is &quot;1\.5&quot;/],
      [{ name: "odd", value: "9223372036854775808" }, /The new total is/],
      [{ name: "odd", action: "rename" }, /The action is &quot;rename&quot;/],
      [{ name: "odd", value: "1", key: "5" }, /The form has no key/],
      [{ name: "odd", value: "1", reason: "x".repeat(501) }, /The reason is too long/],
      [{ name: "odd", value: "1", reason: "x".repeat(20_000) }, /over 16384 bytes/],
    ] as const) {
      const response = await send({ ...fields });
      assert.ok(response.status === 400 || response.status === 413, String(response.status));
      assert.match(await response.text(), words);
    }
    assert.equal(value("odd"), null);
    assert.equal((await get("/admin/counter?name=%3Cscript%3E")).status, 400);
  });

  describe("beside the pages", () => {
    const at = () => real.url;

    it("ask for a token, keep it in a cookie that scripts cannot read, and forget it", async () => {
      const first = await get("/admin", { at: at() });
      assert.equal(first.status, 401);
      assert.match(await first.text(), /<h2 id="title">Sign in<\/h2>/);
      const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = { Origin: at() }) =>
        fetch(`${at()}${path}`, { method: "POST", redirect: "manual", headers, body: new URLSearchParams(fields) });
      for (const [token, status, words] of [
        ["gc_wrong", 401, /This token is not valid/],
        [tokenOf("counter"), 403, /does not have the right/],
      ] as const) {
        const refused = await post("/admin/sign-in", { token });
        assert.deepEqual([refused.status, refused.headers.get("set-cookie")], [status, null]);
        assert.match(await refused.text(), words);
      }
      assert.equal(
        (await post("/admin/sign-in", { token: tokenOf("boss") }, { Origin: "https://evil.example" })).status,
        403,
      );
      const signedIn = await post("/admin/sign-in", { token: tokenOf("boss") });
      assert.deepEqual([signedIn.status, signedIn.headers.get("location")], [303, "/admin"]);
      const kept = signedIn.headers.get("set-cookie") ?? "";
      assert.match(kept, /^global-cluster-admin=gc_\w+; Path=\/admin; Max-Age=28800; HttpOnly; SameSite=Strict$/);
      const page = await get("/admin", { at: at(), headers: { Cookie: kept.split(";")[0] ?? "" } });
      assert.equal(page.status, 200);
      assert.match(await page.text(), /<p class="person">boss<\/p>/);
      assert.match((await post("/admin/sign-out", {})).headers.get("set-cookie") ?? "", /Max-Age=0/);
    });

    it("change what the person's token is for, under its name", async () => {
      const blogger = { at: at(), headers: cookie("blogger") };
      assert.equal((await send({ name: "blog", value: "7" }, blogger)).status, 303);
      assert.equal(value("blog"), 7n);
      assert.match(await (await get("/admin/audit", blogger)).text(), /<td class="text">blogger<\/td>/);
      assert.doesNotMatch(await (await get("/admin/audit", blogger)).text(), /ready/);
      assert.doesNotMatch(await (await get("/admin/counters", blogger)).text(), /ready/);
      assert.equal((await get("/admin/counter?name=ready", blogger)).status, 400);
      const { mark = "", key = "" } = await fieldsOf("blog", blogger);
      const foreign = new URLSearchParams({ mark, key, action: "delete", name: "ready" });
      const headers = { Origin: at(), ...blogger.headers };
      assert.equal((await fetch(`${at()}/admin/counter`, { method: "POST", headers, body: foreign })).status, 403);
      assert.equal(value("ready"), 1n);
    });

    it("show nothing to others, and take no token in the address", async () => {
      for (const path of [
        "/admin",
        "/admin/counters",
        "/admin/usage",
        "/admin/audit",
        "/admin/tokens",
        "/admin/counter?name=blog",
      ]) {
        assert.equal((await get(path, { at: at() })).status, 401, path);
        assert.equal((await get(path, { at: at(), headers: cookie("counter") })).status, 403, path);
        assert.equal((await get(path, { at: at(), headers: bearer("boss") })).status, 200, path);
      }
    });
  });

  it("are on a public port only if a setting says so", async () => {
    const common = { access: { tokens: TOKENS }, adjusting: real.node.adjusting, adminElsewhere: true };
    for (const [changes, status] of [
      [{}, 404],
      [{ adminPage: true }, 200],
    ] as const) {
      const served = await serve({ ...common, ...changes });
      assert.equal((await get("/admin", { at: served.url, headers: cookie("boss") })).status, status);
      await served.close(100);
    }
  });

  it("are on pages without scripts, which no other page may show and no cache may keep", async () => {
    const page = await get("/admin");
    assert.match(
      page.headers.get("content-security-policy") ?? "",
      /default-src 'none'.*script-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
    );
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.equal(page.headers.get("referrer-policy"), "same-origin");
    assert.equal(page.headers.get("access-control-allow-origin"), null);
    assert.doesNotMatch(await page.text(), /<script|style=|\son\w+=/);
  });

  it("show the cluster, the largest counters, who uses most, and the tokens without their hashes", async () => {
    for (const name of ["a.example/1", "a.example/2", "a.example"]) await send({ name, value: "10" });
    assert.match(
      await (await get("/admin")).text(),
      /<a href="\/admin\/counter\?name=a\.example%2F1">a\.example\/1<\/a>/,
    );
    const usage = await (await get("/admin/usage")).text();
    assert.match(usage, />a\.example<\/a><\/th><td>3<\/td><td>30<\/td>/);
    const found = await (await get("/admin/counters?prefix=A.ex")).text();
    assert.equal([...found.matchAll(/<th scope="row">/g)].length, 3);
    const tokens = await (await get("/admin/tokens")).text();
    assert.match(tokens, /<th scope="row">boss<\/th><td class="text">count, admin<\/td>/);
    assert.doesNotMatch(tokens, /gc_/);
  });

  it("write a command that makes or revokes a token, and name what is wrong with what was asked for", async () => {
    const asked = async (query: string) => {
      const response = await get(`/admin/tokens?${query}`);
      return `${response.status} ${/<pre[^>]*>([^<]*)|role="alert"[^>]*>([^<]*)/
        .exec(await response.text())
        ?.slice(1)
        .join("")}`;
    };
    assert.equal(
      await asked("create=ci&counters=blog&rights=admin&expires="),
      "200 global-cluster token create ci --counters blog --admin --tokens /etc/counter/tokens.json",
    );
    assert.equal(
      await asked("revoke=counter"),
      "200 global-cluster token revoke counter --tokens /etc/counter/tokens.json",
    );
    for (const [query, problem] of [
      ["create=ci%3Brm", /^400 The name is &quot;ci;rm&quot;\./],
      ["create=boss", /^400 There is a token &quot;boss&quot;\./],
      ["create=ci&counters=blog,$(id)", /^400 The counters have &quot;\$\(id\)&quot;\./],
      ["create=ci&rights=all", /^400 The rights are &quot;all&quot;\./],
      ["create=ci&expires=2020-01-01", /^400 The end is &quot;2020-01-01&quot;\./],
      ["create=ci&expires=soon", /^400 The end is &quot;soon&quot;\./],
      ["revoke=none", /^400 There is no token &quot;none&quot;\./],
    ] as const)
      assert.match(await asked(query), problem);
    assert.deepEqual(TOKENS.list().length, 3);
  });
});
