import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request as openRequest } from "node:http";
import type { AdjustedJson } from "../../../../internal/adapters/http/adjusting/adjust_routes.ts";
import type { AuditJson } from "../../../../internal/adapters/http/adjusting/audit_route.ts";
import { eventually } from "../../../eventually.ts";
import { newKey } from "../../../processes/keyed_clients.ts";
import { type RealNode, startRealNode } from "../real_node.ts";

/** People with the right `admin` set, delete and import counters, and see what was done. */
describe("HTTP: adjusting counters", () => {
  let real: RealNode;
  beforeEach(async () => {
    real = await startRealNode(undefined, undefined, 0);
    await eventually(async () => (await put("ready", { value: 1 })).status === 200);
  });
  afterEach(() => real.end());

  const send = (path: string, init: RequestInit) => fetch(`${real.adminUrl}${path}`, init);
  const put = (counter: string, body: object, headers: Record<string, string> = {}) =>
    send(`/v1/counters/${counter}`, {
      method: "PUT",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", ...headers },
    });
  const value = async (counter: string) => {
    const response = await fetch(`${real.url}/v1/counters/${counter}`);
    return response.status === 200 ? ((await response.json()) as { value: number }).value : response.status;
  };
  const audit = async (query = "") => (await (await send(`/v1/audit${query}`, {})).json()) as AuditJson;
  const adjusted = async (response: Response) => {
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as AdjustedJson;
  };

  it("sets a counter, says what it was, and does it once for one key", async () => {
    const key = newKey();
    const first = await adjusted(await put("votes", { value: 500, reason: "moved here" }, { "Idempotency-Key": key }));
    assert.deepEqual([first.value, first.before, first.after, first.duplicate], [500, 0, 500, false]);
    assert.equal(first.key, key);
    assert.equal(await value("votes"), 500);
    await put("votes", { value: 3 });
    const again = await adjusted(await put("votes", { value: 500, reason: "moved here" }, { "Idempotency-Key": key }));
    assert.deepEqual([again.before, again.after, again.duplicate, again.value], [0, 500, true, 3]);
    assert.equal(await value("votes"), 3);
    const reused = await put("votes", { value: 501 }, { "Idempotency-Key": key });
    assert.equal(reused.status, 422);
    assert.equal(((await reused.json()) as { type: string }).type, "urn:global-cluster:problem:key-reused");
  });

  it("shows hits that are pending after a reset, and counts on", async () => {
    for (let hit = 0; hit < 5; hit++) await fetch(`${real.url}/v1/counters/votes/hits`, { method: "POST" });
    const { value: shown, pending, after } = await adjusted(await put("votes", { value: 0 }));
    assert.equal(after, 0);
    assert.equal(shown, pending);
    await fetch(`${real.url}/v1/counters/votes/hits`, { method: "POST" });
    await eventually(async () => (await value("votes")) === Number(shown) + 1);
  });

  it("refuses what was decided on another generation", async () => {
    const { generation } = await adjusted(await put("votes", { value: 7 }));
    const second = await adjusted(await put("votes", { value: 8 }, { "If-Match": `"${generation}"` }));
    const late = await put("votes", { value: 9 }, { "If-Match": `"${generation}"` });
    assert.equal(late.status, 412);
    const problem = (await late.json()) as { generation: number; done: boolean };
    assert.deepEqual([problem.generation, problem.done], [second.generation, false]);
    assert.equal(await value("votes"), 8);
  });

  it("deletes a counter, and a hit makes it again", async () => {
    await adjusted(await put("votes", { value: 7 }));
    const gone = await adjusted(await send("/v1/counters/votes", { method: "DELETE" }));
    assert.deepEqual([gone.before, gone.after], [7, 0]);
    assert.equal(await value("votes"), 404);
    await fetch(`${real.url}/v1/counters/votes/hits`, { method: "POST" });
    assert.equal(await value("votes"), 1);
  });

  it("takes values up to 2^63 - 1, all counters together", async () => {
    const most = String(2n ** 63n - 1n);
    assert.equal((await put("big", { value: most })).status, 422, "there is one more in another counter");
    const { after } = await adjusted(await put("big", { value: String(2n ** 63n - 2n) }));
    assert.equal(after, String(2n ** 63n - 2n));
    assert.equal((await put("more", { value: 1 })).status, 422);
    assert.equal((await put("big", { value: String(2n ** 63n) })).status, 400);
  });

  it("says what was done, newest first, page by page", async () => {
    for (let n = 1; n <= 5; n++) await adjusted(await put("votes", { value: n, reason: `the ${n}th` }));
    await adjusted(
      await send("/v1/counters/votes", {
        method: "DELETE",
        body: '{"reason":"no more"}',
        headers: { "Content-Type": "application/json" },
      }),
    );
    const { since, entries, next } = await audit("?limit=2");
    assert.equal(since, null);
    assert.deepEqual(
      entries.map(({ who, action, counter, reason, before, after }) => [who, action, counter, reason, before, after]),
      [
        ["admin port", "delete", "votes", "no more", 5, 0],
        ["admin port", "set", "votes", "the 5th", 4, 5],
      ],
    );
    const rest = await audit(`?after=${next}`);
    assert.deepEqual([rest.entries.length, rest.next], [5, null]);
    assert.equal(rest.entries.at(-1)?.counter, "ready");
  });

  it("imports lines once, whatever is sent again (H81)", async () => {
    const lines = Array.from({ length: 4_500 }, (_, n) => JSON.stringify({ counter: `page-${n % 3_000}`, value: 2 }));
    const key = newKey();
    const bring = async (body: string) => {
      const headers = { "Content-Type": "application/x-ndjson", "Idempotency-Key": key };
      const response = await send("/v1/import", { method: "POST", body, headers });
      return (await response.text())
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const done = await bring(`${lines.join("\n")}\n`);
    assert.deepEqual(done.slice(0, -1), [{ lines: 2_000 }, { lines: 4_000 }, { lines: 4_500 }]);
    assert.deepEqual(done.at(-1), { done: true, lines: 4_500, counters: 4_500, skipped: 0, duplicate: false });
    assert.deepEqual([await value("page-0"), await value("page-2999")], [4, 2]);
    assert.equal((await bring(lines.join("\n"))).at(-1)?.duplicate, true);
    const longer = (await bring([...lines, ...lines.slice(0, 2)].join("\n"))).at(-1);
    assert.equal(longer?.type, "urn:global-cluster:problem:key-reused");
    assert.deepEqual([await value("page-0"), await value("page-1")], [4, 4]);
  });

  it("names the line of an import that is wrong, does nothing of its part, and goes on there when it is mended", async () => {
    const good = Array.from({ length: 2_010 }, (_, n) => JSON.stringify({ counter: `page-${n}`, value: 1 }));
    const lines = [...good, '{"counter":"page-1","value":-1}'].join("\n");
    const headers = { "Content-Type": "application/x-ndjson", "Idempotency-Key": newKey() };
    const response = await send("/v1/import", { method: "POST", body: lines, headers });
    assert.equal(response.status, 200);
    const [progress, problem] = (await response.text()).trimEnd().split("\n");
    assert.equal(progress, '{"lines":2000}');
    assert.equal((JSON.parse(problem ?? "") as { line: number }).line, 2_011);
    assert.deepEqual([await value("page-1999"), await value("page-2000")], [1, 404]);
    const mended = lines.replace(":-1}", ":1}");
    const again = await send("/v1/import", { method: "POST", body: mended, headers });
    const last = JSON.parse((await again.text()).trimEnd().split("\n").at(-1) ?? "");
    assert.deepEqual(last, { done: true, lines: 2_011, counters: 2_011, skipped: 0, duplicate: false });
    assert.deepEqual([await value("page-0"), await value("page-1"), await value("page-2009")], [1, 2, 1]);
    const bad = await send("/v1/import", { method: "POST", body: "no json", headers });
    assert.equal(bad.status, 400);
    assert.equal(((await bad.json()) as { line: number }).line, 1);
  });

  for (const [moment, parts] of [
    ["between two parts", 1],
    ["while a part is done", 2],
  ] as const)
    it(`has no error to log when the client of an import goes away ${moment}`, async () => {
      const headers = { "Content-Type": "application/x-ndjson", "Idempotency-Key": newKey() };
      const client = openRequest(`${real.adminUrl}/v1/import`, { method: "POST", headers });
      client.on("error", () => {});
      const lines = Array.from({ length: parts * 2_000 }, (_, n) => `{"counter":"page-${n}","value":1}\n`);
      client.write(lines.join(""));
      const [response] = (await once(client, "response")) as [IncomingMessage];
      response.on("error", () => {});
      await once(response, "data");
      client.destroy();
      await eventually(async () => (await value(`page-${lines.length - 1}`)) === 1);
      await adjusted(await put("later", { value: 1 }));
      assert.deepEqual(real.errors, []);
    });

  it("skips counters that are there, if only absent ones are imported", async () => {
    await adjusted(await put("a", { value: 5 }));
    const body = ["a", "b", "b"].map((counter) => JSON.stringify({ counter, value: 2 })).join("\n");
    const headers = { "Content-Type": "application/x-ndjson", "Idempotency-Key": newKey() };
    const response = await send("/v1/import?mode=absent", { method: "POST", body, headers });
    const [, last] = (await response.text()).trimEnd().split("\n");
    assert.deepEqual(JSON.parse(last ?? ""), { done: true, lines: 3, counters: 1, skipped: 2, duplicate: false });
    assert.deepEqual([await value("a"), await value("b")], [5, 2]);
  });

  it("is for nobody without a token, except on the admin port from the machine itself, by its address", async () => {
    const body = '{"value":1}';
    const headers = { "Content-Type": "application/json" };
    const open = await fetch(`${real.url}/v1/counters/votes`, { method: "PUT", body, headers });
    assert.equal(open.status, 401);
    assert.equal((await fetch(`${real.url}/v1/audit`)).status, 401);
    assert.equal((await put("votes", { value: 1 }, { "X-Forwarded-For": "192.0.2.1" })).status, 401);
    assert.equal(await statusWithHost(`${real.adminUrl}/v1/audit`, "evil.example"), 401);
    assert.equal(await statusWithHost(`${real.adminUrl}/v1/audit`, "localhost:1"), 200);
    assert.equal(await value("votes"), 404);
  });

  it("refuses bad input, and does nothing", async () => {
    for (const bad of [{ value: -1 }, { value: 1.5 }, { value: "x" }, {}, { value: 1, by: 2 }, { value: 1, reason: 3 }])
      assert.equal((await put("votes", bad)).status, 400, JSON.stringify(bad));
    assert.equal((await put("votes", { value: 1, reason: "x".repeat(501) })).status, 400);
    assert.equal((await put("votes", { value: 1 }, { "If-Match": "W/1" })).status, 400);
    assert.equal((await put("votes", { value: 1 }, { "Idempotency-Key": "mine" })).status, 400);
    const ahead = newKeyAt(Date.now() + 3_600_000);
    assert.equal((await put("votes", { value: 1 }, { "Idempotency-Key": ahead })).status, 422);
    assert.equal((await send("/v1/audit?after=x", {})).status, 400);
    assert.equal(await value("votes"), 404);
  });
});

function newKeyAt(ms: number): string {
  const time = ms.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}${newKey().slice(13)}`;
}

function statusWithHost(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = openRequest(url, { headers: { Host: host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject).end();
  });
}
