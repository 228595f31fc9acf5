import assert from "node:assert/strict";
import { OPEN_ACCESS } from "../open_access.ts";
import { exchange, parseResponse, request } from "../raw_client.ts";
import { type Serving, serve } from "../serving.ts";

const FRIEND = "https://friend.example";
const STRANGER = "https://stranger.example";
const LINK = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
const IMAGE = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"];
const FRAME = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"];
const OWN = ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"];
const IMAGES = ["/badge/a.svg", "/badge/a.svg?label=x", "/pixel/a.gif", "/pixel/%61.gif"];
const PAGES = ["/", "/c/a", "/?from=afar", "/c/%61"];

/** Where only some sites may count, a page of another site cannot make its visitors count by what it embeds. People may follow any link. */
describe("ways: what pages of other sites embed", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve({ allowedOrigins: new Set([FRIEND]), url: "https://counter.example", access: OPEN_ACCESS });
  });
  afterEach(() => node.close(100));

  async function get(path: string, headers: readonly string[], host = "counter.example") {
    const text = request(`GET ${path}`, headers).replace("Host: counter", `Host: ${host}`);
    return parseResponse(await exchange(node.port, text));
  }

  async function assertRefused(path: string, headers: readonly string[], host?: string): Promise<void> {
    const { accepted } = node.counting;
    const response = await get(path, headers, host);
    assert.equal(node.counting.accepted, accepted, `${path} ${headers} counts`);
    assert.match(response.headers.get("problem-type") ?? response.body, /:foreign-origin/, path);
    assert.equal(response.status, IMAGES.includes(path) ? 200 : 403);
  }

  async function assertCounted(path: string, headers: readonly string[], host?: string): Promise<void> {
    const { accepted } = node.counting;
    const { status, headers: received } = await get(path, headers, host);
    assert.deepEqual([status, received.get("problem-type")], [200, null], path);
    assert.equal(node.counting.accepted, accepted + 1, `${path} ${headers} does not count`);
  }

  it("counts images in the pages of listed sites, and no others", async () => {
    for (const path of IMAGES) {
      await assertCounted(path, [...IMAGE, `Referer: ${FRIEND}/`]);
      await assertCounted(path, [`Referer: ${FRIEND}/page`]);
      await assertRefused(path, [...IMAGE, `Referer: ${STRANGER}/`]);
      await assertRefused(path, [`Referer: ${STRANGER}/`]);
      await assertRefused(path, IMAGE);
      await assertRefused(path, ["Sec-Fetch-Site: same-site"]);
    }
  });

  it("counts whoever opens a page, by a link of any site, and nothing that shows the page inside another", async () => {
    for (const path of PAGES) {
      await assertCounted(path, [...LINK, `Referer: ${STRANGER}/`]);
      await assertCounted(path, [`Referer: ${STRANGER}/`]);
      await assertCounted(path, ["Sec-Fetch-Site: none"]);
      await assertRefused(path, [...FRAME, `Referer: ${STRANGER}/`]);
      await assertRefused(path, IMAGE);
    }
  });

  it("counts what the node's own pages embed, under its own names alone", async () => {
    for (const host of ["counter.example", "Counter.Example:443", "127.0.0.1:4000", "[::1]:4000", "localhost"]) {
      for (const path of IMAGES) await assertCounted(path, OWN, host);
    }
    for (const host of ["stranger.example", "127.0.0.1.example", "counter.example.stranger.example"]) {
      for (const path of [...IMAGES, ...PAGES]) await assertRefused(path, OWN, host);
    }
  });

  it("counts for programs, which are no pages", async () => {
    for (const path of [...IMAGES, ...PAGES]) await assertCounted(path, [], "stranger.example");
  });

  it("lets HEAD be, because it counts nothing", async () => {
    const { status } = parseResponse(await exchange(node.port, request("HEAD /", IMAGE)));
    assert.equal(status, 200);
  });
});
