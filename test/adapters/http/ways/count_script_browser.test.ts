import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { eventually } from "../../../eventually.ts";
import { launchChromium, PATIENCE_MS, requireChromium } from "../page/browser.ts";
import { type Serving, serve } from "../serving.ts";

/** A page of another site, in a real browser, that includes the node's script. */
describe("ways: the script in Chromium", () => {
  let browser: Browser;
  let node: Serving;
  let site: Server;
  let html = "";
  let complaints: string[];

  before(async function () {
    requireChromium(this);
    browser = await launchChromium();
    site = createServer((_req, res) => res.setHeader("content-type", "text/html").end(html)).listen(0, "127.0.0.1");
    await once(site, "listening");
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });
  afterEach(() => node.close(100));

  const siteUrl = () => `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

  async function visit(body: (script: string) => string): Promise<Page> {
    html = `<!doctype html><link rel="icon" href="data:,"><title>a site</title>${body(`${node.url}/count.js`)}`;
    complaints = [];
    const page = await browser.newPage({ locale: "en" });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(siteUrl());
    return page;
  }

  it("counts a visit, without a word", async () => {
    node = await serve();
    const page = await visit((src) => `<script src="${src}" data-counter="blog"></script>`);
    await eventually(() => node.counting.pending.get("blog") === 1);
    await page.reload();
    await eventually(() => node.counting.pending.get("blog") === 2);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  for (const [how, body] of [
    ["before it", (src: string) => `<b class="t">?</b><script src="${src}" data-target=".t"></script>`],
    ["after it", (src: string) => `<script src="${src}" data-target=".t"></script><b class="t">?</b>`],
    ["loaded async", (src: string) => `<script async src="${src}" data-target=".t"></script><b class="t">?</b>`],
  ] as const) {
    it(`fills an element with the total: ${how}`, async () => {
      node = await serve();
      node.counting.totals.set("visits", 1233n);
      const page = await visit(body);
      await page.waitForFunction('document.querySelector(".t").textContent === "1,234"');
      assert.equal(node.counting.accepted, 1);
      assert.deepEqual(complaints, []);
      await page.close();
    });
  }

  it("leaves the element as it is when there is no total", async () => {
    node = await serve();
    node.counting.known = false;
    const page = await visit((src) => `<b id="t">many</b><script src="${src}" data-target="#t"></script>`);
    await eventually(() => node.counting.accepted === 1);
    await page.waitForLoadState("networkidle");
    assert.equal(await page.textContent("#t"), "many");
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("counts pages of allowed sites, and of no others", async () => {
    node = await serve({ allowedOrigins: new Set([siteUrl()]) });
    const allowed = await visit((src) => `<b id="t">?</b><script src="${src}" data-target="#t"></script>`);
    await allowed.waitForFunction('document.querySelector("#t").textContent === "1"');
    await allowed.close();
    await node.close(100);
    node = await serve({ allowedOrigins: new Set(["https://friend.example"]) });
    for (const target of ["", 'data-target="#t"']) {
      const answered = (page: Page) => page.waitForEvent("requestfinished", (request) => request.method() === "POST");
      html = "";
      const page = await visit(() => "");
      const answer = target === "" ? answered(page) : page.waitForEvent("requestfailed");
      html = `<b id="t">?</b><script src="${node.url}/count.js" ${target}></script>`;
      await page.reload();
      await answer;
      assert.equal(await page.textContent("#t"), "?");
      await page.close();
    }
    assert.equal(node.counting.accepted, 0);
  });
});
