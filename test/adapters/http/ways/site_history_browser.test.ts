import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { eventually } from "../../../eventually.ts";
import { programFile } from "../../../needs.ts";
import { PATIENCE_MS, requireChromium } from "../page/browser.ts";
import { type Serving, serve } from "../serving.ts";

const PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const SITE = "blog.example";
const PAGES = 300;
const TABS = 4;
/** Chromium loads a page ahead before this time, and the page that asked for it leaves after it. */
const LEAVES_MS = 15_000;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"];

/** What only a whole browser does: it loads each of many pages, keeps pages that are left, and loads pages ahead. */
describe("ways: a site of 300 pages in Chromium", () => {
  let folder: string;
  let node: Serving;
  let site: Server;
  let started: ChildProcess | null = null;
  /** Pages that the site was asked for, and what for. */
  let asked: string[];
  let more = "";

  before(async function () {
    requireChromium(this);
    folder = mkdtempSync(join(tmpdir(), "chromium-"));
    site = createServer((req, res) => {
      asked.push(`${req.url} ${req.headers["sec-purpose"] ?? ""}`.trim());
      const tag = `<script async src="${node.url}/count.js" data-site="${SITE}"></script>`;
      const head = `<!doctype html><link rel="icon" href="data:,"><title>a page</title>${tag}`;
      res.setHeader("content-type", "text/html").end(`${head}<b data-count=page></b>${req.url === "/" ? more : ""}`);
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
  });
  after(() => {
    site?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    [asked, more] = [[], ""];
    node = await serve();
  });
  afterEach(async () => {
    if (started) {
      const ended = once(started, "exit");
      started.kill("SIGKILL");
      await ended;
      started = null;
    }
    await node.close(100);
  });

  const url = (path: string) => `http://127.0.0.1:${(site.address() as AddressInfo).port}${path}`;
  const count = (name: string) => node.counting.pending.get(`${SITE}${name}`) ?? 0;

  /** Playwright turns off what keeps pages. */
  async function browsing<T>(work: (browser: Awaited<ReturnType<typeof chromium.launch>>) => Promise<T>): Promise<T> {
    const ignoreDefaultArgs = ["--disable-back-forward-cache"];
    const browser = await chromium.launch({
      executablePath: programFile("chromium")!,
      args: FLAGS.slice(0, 2),
      ignoreDefaultArgs,
    });
    try {
      return await work(browser);
    } finally {
      await browser.close();
    }
  }

  it("counts each of its pages, in several tabs of one visit", () =>
    browsing(async (browser) => {
      const context = await browser.newContext({ userAgent: PERSON });
      context.setDefaultTimeout(PATIENCE_MS);
      const left = Array.from({ length: PAGES }, (_, at) => at);
      const tab = async () => {
        const page = await context.newPage();
        for (let at = left.pop(); at !== undefined; at = left.pop()) {
          const counted = page.waitForResponse(/v1\/visits/);
          await page.goto(url(`/posts/${at}/?utm_source=feed`));
          await (await counted).finished();
        }
      };
      // The first view begins the visit alone.
      const first = await context.newPage();
      await first.goto(url("/"));
      await eventually(() => count("") === 1);
      await Promise.all(Array.from({ length: TABS }, tab));
      for (let at = 0; at < PAGES; at++) assert.equal(count(`/posts/${at}`), 1, `page ${at}`);
      assert.deepEqual([count(""), count("/index"), count("/_visits"), count("/_other")], [PAGES + 1, 1, 1, 0]);
      assert.equal(node.counting.totals.get(`${SITE}/_visitors`), 1n);
    }));

  it("counts a page that the back/forward cache shows again, and does not load it", () =>
    browsing(async (browser) => {
      const page = await (await browser.newContext({ userAgent: PERSON })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(url("/posts/1"));
      await eventually(() => count("/posts/1") === 1);
      await page.evaluate(`location.href = ${JSON.stringify(url("/posts/2"))}`).catch(() => {});
      await eventually(() => count("/posts/2") === 1);
      await page.evaluate("history.back()").catch(() => {});
      await eventually(() => count("/posts/1") === 2);
      assert.deepEqual(asked, ["/posts/1", "/posts/2"]);
      assert.deepEqual([count(""), count("/_visits")], [3, 1]);
    }));

  // Playwright holds pages that are loaded ahead, so this browser is nobody's.
  it("counts a page that was prerendered when it is shown, and none that is not", async () => {
    const rules = { prerender: [{ urls: ["/shown", "/never"], eagerness: "immediate" }] };
    const leave = `setTimeout(() => { location.href = "/shown"; }, ${LEAVES_MS})`;
    more = `<script type="speculationrules">${JSON.stringify(rules)}</script><script>${leave}</script>`;
    const flags = [...FLAGS, "--headless=new", `--user-agent=${PERSON}`, `--user-data-dir=${folder}`];
    started = spawn(programFile("chromium")!, [...flags, url("/")], { stdio: "ignore" });
    await eventually(() => asked.length === 3);
    await eventually(() => count("/shown") === 1);
    assert.deepEqual(asked.toSorted(), ["/", "/never prefetch;prerender", "/shown prefetch;prerender"]);
    assert.deepEqual([count(""), count("/never"), count("/_visits"), count("/_bots")], [2, 0, 1, 0]);
  });
});
