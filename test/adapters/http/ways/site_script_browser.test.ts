import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { hourAt } from "../../../../internal/core/days/hour.ts";
import { eventually } from "../../../eventually.ts";
import { launchChromium, PATIENCE_MS, requireChromium } from "../page/browser.ts";
import { type Serving, serve } from "../serving.ts";

/** Chromium without a head says so, and would count as a program. */
const PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const SITE = "blog.example";

/** A site whose pages all have the tag, in a real browser. */
describe("ways: the tag of a site in Chromium", () => {
  let browser: Browser;
  let context: BrowserContext;
  let node: Serving;
  let site: Server;
  let complaints: string[];
  let attributes = "";
  let lang = "en";
  let body = "";

  before(async function () {
    requireChromium(this);
    browser = await launchChromium();
    site = createServer((_req, res) => {
      const tag = `<script async src="${node.url}/count.js" data-site="${SITE}" ${attributes}></script>`;
      const head = `<!doctype html><html lang="${lang}"><link rel="icon" href="data:,"><title>a site</title>${tag}`;
      res.setHeader("content-type", "text/html").end(`${head}${body}<p><a href="/next">next</a>`);
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });
  beforeEach(async () => {
    [attributes, lang, body, complaints] = ["", "en", "", []];
    node = await serve();
    context = await newVisitor();
  });
  afterEach(async () => {
    await context.close();
    await node.close(100);
    assert.deepEqual(complaints, []);
  });

  const url = (path: string) => `http://127.0.0.1:${(site.address() as AddressInfo).port}${path}`;
  const count = (name: string) => node.counting.pending.get(`${SITE}${name}`) ?? 0;
  const views = (number: number) => eventually(() => count("") === number);

  async function newVisitor(userAgent = PERSON): Promise<BrowserContext> {
    const visitor = await browser.newContext({ userAgent, locale: "en" });
    visitor.setDefaultTimeout(PATIENCE_MS);
    return visitor;
  }

  async function open(path: string, on = context): Promise<Page> {
    const page = await on.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(url(path));
    return page;
  }

  it("counts each load for page and site, and one visit for all of a browser's", async () => {
    const page = await open("/posts/1?utm_source=feed");
    await views(1);
    await page.reload();
    await views(2);
    await page.click("a");
    await views(3);
    await open("/posts/1/");
    await views(4);
    const other = await newVisitor();
    await open("/posts/1", other);
    await views(5);
    await other.close();
    assert.deepEqual([count("/posts/1"), count("/next"), count("/_visits")], [4, 1, 2]);
    assert.equal(node.counting.accepted, 5 + 5 + 2);
  });

  it("begins a visit again after 30 minutes without a view, and stores one time", async () => {
    await context.clock.install({ time: new Date("2026-11-29T12:00:00Z") });
    const page = await open("/");
    await views(1);
    for (const [minutes, visits] of [
      [29, 1],
      [29, 1],
      [30, 2],
      [1, 2],
      [600, 3],
    ] as const) {
      const before = count("");
      await context.clock.setFixedTime((await page.evaluate(`Date.now() + ${minutes * 60_000}`)) as number);
      await page.reload();
      await views(before + 1);
      assert.equal(count("/_visits"), visits, `after ${minutes} minutes`);
    }
    const stored = await page.evaluate("JSON.stringify(localStorage)");
    assert.match(String(stored), /^\{"global-cluster:blog\.example":"\d{13}"\}$/);
    assert.deepEqual(await context.cookies(), []);
  });

  it("shows the visitors, once a browser, and counts none with data-visitors=none", async () => {
    body = '<p data-count="visitors">-</p>';
    const page = await open("/posts/1");
    await views(1);
    for (let reload = 0; reload < 2; reload++) await page.reload();
    await eventually(async () => (await page.textContent("p")) === "1");
    assert.deepEqual([...node.counting.marks].length, 2, "one of the site, one of the page");
    attributes = 'data-visitors="none"';
    await open("/posts/2");
    await views(4);
    assert.equal(node.counting.marks.size, 2);
  });

  it("shows the page's views of today, and leaves its place as it is while they are not known", async () => {
    body = '<p data-count="today">-</p> <b data-count="page"></b>';
    node.counting.totals.set(`${SITE}/posts/1`, 2_000n);
    node.counting.asOf = Date.now();
    node.counting.days = "loading";
    const page = await open("/posts/1");
    await eventually(async () => (await page.textContent("b")) === "2,001");
    assert.equal(await page.textContent("p"), "-");
    node.counting.days = "kept";
    // Of the whole day, and of an hour long before it.
    const hour = hourAt(Date.now());
    node.counting.hours = [
      { of: SITE, hour: hour - 1_000, hits: 1 },
      { of: `${SITE}/posts/1`, hour, hits: 1_234 },
    ];
    node.counting.round();
    await page.reload();
    await eventually(async () => (await page.textContent("p")) === "1,234");
    assert.equal(await page.textContent("b"), "2,002");
  });

  it("stores nothing with data-store=none, and counts no visit", async () => {
    attributes = 'data-store="none"';
    const page = await open("/");
    await views(1);
    assert.equal(await page.evaluate("localStorage.length"), 0);
    assert.equal(count("/_visits"), 0);
  });

  it("counts a visit later if nothing was counted first", async () => {
    node.counting.refusal = "journal";
    const page = await context.newPage();
    body = "<b data-count=site>?</b>";
    const answered = page.waitForResponse(/visits/);
    await page.goto(url("/"));
    assert.equal((await answered).status(), 503);
    await page.waitForFunction("localStorage.length === 0");
    node.counting.refusal = null;
    await page.reload();
    await views(1);
    assert.equal(count("/_visits"), 1);
  });

  it("goes on with a visit if one of its views was not counted", async () => {
    body = "<b data-count=site></b>";
    const page = await open("/");
    await views(1);
    const stored = () => page.evaluate("JSON.stringify(localStorage)");
    const before = await stored();
    node.counting.refusal = "journal";
    const answered = page.waitForResponse(/visits/);
    await page.evaluate('history.pushState(null, "", "/a")');
    assert.equal((await answered).status(), 503);
    await eventually(async () => (await stored()) === before);
    node.counting.refusal = null;
    await page.evaluate('history.pushState(null, "", "/b")');
    await views(2);
    assert.equal(count("/_visits"), 1);
    assert.match(complaints.splice(0).join(), /^Failed to load resource[^,]*503[^,]*$/);
  });

  it("shows each number in the page's language, and short, never rounded up, where it is asked for", async () => {
    [lang, body] = [
      "de",
      "<b data-count=page></b> <b data-count=site></b> <b data-count=visits lang=en data-format=short></b> <b data-count=later>?</b>",
    ];
    node.counting.totals.set(SITE, 1_234_566n);
    node.counting.totals.set(`${SITE}/posts/1`, 1_233n);
    node.counting.totals.set(`${SITE}/_visits`, 12_388n);
    const page = await open("/posts/1");
    await page.waitForFunction('document.body.innerText.startsWith("1.234 1.234.567 12.3K ?")');
    assert.equal(node.counting.accepted, 3);
  });

  it("takes the browser's language where the page's is no language", async () => {
    [lang, body] = ["no_such language", "<b data-count=site></b>"];
    node.counting.totals.set(SITE, 1_233n);
    const page = await open("/");
    await page.waitForFunction('document.body.innerText.startsWith("1,234")');
  });

  it("counts the navigations of a single-page application, and nothing else that changes the address", async () => {
    const page = await open("/");
    await views(1);
    for (const [step, name, expected] of [
      ['history.pushState(null, "", "/a")', "/a", 2],
      ['history.pushState({}, "", "/a?x=1")', "/a", 3],
      [
        'history.pushState({}, "", "/a?x=1#top"); history.replaceState({}, "", "/a?x=1#end"); location.hash = "x"',
        "/a",
        3,
      ],
      ["history.go(-3)", "/a", 4],
    ] as const) {
      await page.evaluate(step);
      await views(expected);
      assert.ok(count(name) >= 1);
    }
    await page.waitForTimeout(200);
    assert.equal(count(""), 4);
    assert.deepEqual([count("/a"), count("/_visits"), count("/index")], [2, 1, 1]);
  });

  it("counts a page that the browser kept and shows again", async () => {
    const page = await open("/");
    await views(1);
    await page.evaluate('dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))');
    await views(2);
    await page.evaluate('dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }))');
    await page.waitForTimeout(200);
    assert.equal(count(""), 2);
  });

  it("counts a prerendered page when it is shown", async () => {
    const page = await context.newPage();
    await page.addInitScript(
      'if (!window.shown) { Object.defineProperty(document, "prerendering", { get: () => !window.shown, configurable: true }); }',
    );
    await page.goto(url("/"));
    await page.waitForTimeout(300);
    assert.equal(count(""), 0);
    await page.evaluate('window.shown = true; document.dispatchEvent(new Event("prerenderingchange"))');
    await views(1);
  });

  it("sets programs aside", async () => {
    await open("/");
    await views(1);
    const crawler = await newVisitor("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
    await open("/", crawler);
    await eventually(() => count("/_bots") === 1);
    await crawler.close();
    assert.deepEqual([count(""), count("/index"), count("/_visits")], [1, 1, 1]);
    const page = await (await fetch(`${node.url}/c/${SITE}`)).text();
    assert.match(page, /<p class="you">In 1 visit\. 1 by bots, not counted here\.<\/p>/);
  });

  it("counts without fetch's help when a page is left at once, by a beacon where nothing is shown", async () => {
    const page = await open("/");
    await views(1);
    await page.evaluate(`(() => {
      window.beacons = [];
      const send = navigator.sendBeacon.bind(navigator);
      navigator.sendBeacon = (url) => { beacons.push(String(url)); return send(url); };
      window.fetch = () => { throw new Error("no fetch"); };
      history.pushState(null, "", "/left");
    })()`);
    await eventually(() => count("/left") === 1);
    assert.equal(await page.evaluate("beacons.length"), 1);
  });

  it("has a number for each of a site's 300 pages", async () => {
    body = "<b data-count=page></b>";
    const page = await open("/");
    await views(1);
    for (let at = 0; at < 299; at++) await page.evaluate(`history.pushState(null, "", "/posts/${at}")`);
    await eventually(() => count("") === 300);
    for (let at = 0; at < 299; at++) assert.equal(count(`/posts/${at}`), 1);
    assert.equal(count("/_other"), 0);
  });
});
