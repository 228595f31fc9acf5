import assert from "node:assert/strict";
import { exchange, parseResponse, request } from "../raw_client.ts";
import { type Serving, serve } from "../serving.ts";

/** The page of snippets has snippets that work at the address where it was reached. */
describe("ways: the page of snippets", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  /** With a Host header of its own. */
  async function ask(path: string, host: string, headers: string[] = []) {
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...headers, "", ""];
    return parseResponse(await exchange(node.port, lines.join("\r\n")));
  }

  const snippetsIn = (html: string) =>
    [...html.matchAll(/<code>([^<]*)<\/code>/g)].map(([, code]) => unescaped(code ?? ""));

  it("has the address at which it was reached in everything that is to be copied", async () => {
    const { status, headers, body } = await ask("/c/blog/embed", "count.example:8080");
    assert.deepEqual([status, headers.get("content-type")], [200, "text/html; charset=utf-8"]);
    const all = snippetsIn(body);
    assert.ok(all.length >= 8);
    for (const code of all) assert.match(decodeURIComponent(code), /http:\/\/count\.example:8080(\/|$)/);
    for (const code of all) assert.ok(code.includes("blog"), code);
    const secure = snippetsIn((await ask("/c/blog/embed", "count.example", ["X-Forwarded-Proto: https,http"])).body);
    for (const code of secure) assert.match(decodeURIComponent(code), /https:\/\/count\.example(\/|$)/);
    assert.equal(node.counting.accepted, 0);
  });

  it("has snippets that do what they say", async () => {
    const all = snippetsIn((await ask("/c/blog/embed", `127.0.0.1:${node.port}`)).body);
    const addresses = [...new Set(all.join("\n").match(/http:\/\/127[^\s"')]+/g))].filter((url) => url !== node.url);
    const statuses = await Promise.all(
      addresses.map(async (url) => {
        const method = url.endsWith("/hits") ? "POST" : "GET";
        return `${url.slice(node.url.length)} ${(await fetch(url, { method })).status}`;
      }),
    );
    assert.deepEqual(statuses.sort(), [
      "/badge/blog.svg 200",
      "/count.js 200",
      "/digits/blog.svg?theme=odometer 200",
      "/pixel/blog.gif 200",
      "/v1/counters/blog/hits 200",
    ]);
    assert.equal(node.counting.pending.get("blog"), 4);
    // Without a token, a request counts one hit.
    for (const code of all) assert.equal(code.includes('"by"'), code.includes("Authorization: Bearer"), code);
  });

  it("runs nothing inline, and is in nobody's frame", async () => {
    const { headers, body } = await ask("/c/blog/embed", "a.example");
    const policy = headers.get("content-security-policy") ?? "";
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
      assert.ok(policy.includes(rule));
    assert.doesNotMatch(body, /<script(?![^>]*src="\/assets)|<style|\sstyle=|\son\w+=|[^ -~\n]/);
    for (const [, path] of body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g))
      assert.equal((await fetch(node.url + path)).status, 200, path);
  });

  it("shows an address, and nothing else that a Host header may say", async () => {
    for (const host of ['"><script>alert(1)</script>', "a b", "a'b\"c", "", "[::1", "a.example:99999"]) {
      const { status, body } = await ask("/c/blog/embed", host);
      assert.equal(status, 400, host);
      assert.match(body, /"type":"urn:global-cluster:problem:bad-host"/);
    }
    const { body } = await ask("/c/blog/embed", "user:secret@a.example/path?query");
    assert.doesNotMatch(body, /secret|path\?query/);
  });

  it("is there for names that counters may have, counted or not", async () => {
    assert.equal((await fetch(`${node.url}/c/Blog/embed`)).status, 400);
    assert.equal((await fetch(`${node.url}/c/a/b/embed`)).status, 200);
    assert.equal((await fetch(`${node.url}/c/never/embed`, { method: "HEAD" })).status, 200);
    const { status } = parseResponse(await exchange(node.port, request("POST /c/blog/embed")));
    assert.equal(status, 405);
  });
});

function unescaped(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) => named[name] ?? String.fromCodePoint(Number(code)));
}
