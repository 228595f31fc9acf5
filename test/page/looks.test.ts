import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { type Serving, serve } from "../http/serving.ts";
import { launchChromium, openPage, requireChromium, type WatchedPage } from "./browser.ts";
import { manyNodes, nodeRow } from "./nodes.ts";
import { untilLive } from "./totals.ts";

const SCHEMES = ["light", "dark"] as const;
const PHONE = { width: 360, height: 800 };
const DESK = { width: 1280, height: 900 };
const WALL = { width: 1920, height: 1080 };

describe("how the page looks", function () {
  this.timeout(60_000);
  let browser: Browser;
  let node: Serving;
  let open: WatchedPage;

  before(async function () {
    requireChromium(this);
    browser = await launchChromium();
  });
  beforeEach(async () => {
    node = await serve();
    node.counting.totals.set("visits", 1_234_567n);
  });
  afterEach(async () => {
    assert.deepEqual(open.complaints, []);
    await open.close();
    await node.close(100);
  });
  after(() => browser?.close());

  async function show(options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
    open = await openPage(browser, `${node.url}/`, { viewport: DESK, ...options });
    if (options.javaScriptEnabled !== false) await untilLive(open.page);
    return open.page;
  }

  for (const viewport of [PHONE, { width: 768, height: 1000 }, DESK, WALL]) {
    for (const count of [2, 1_000]) {
      it(`fits ${viewport.width} px with ${count} nodes, and with the largest number and the longest names`, async () => {
        node.counting.totals.set("visits", 10n ** 20n);
        node.counting.others = [...manyNodes(count), nodeRow("n".repeat(63), "r".repeat(63))];
        const page = await show({ viewport });
        if (count > 30) await page.click("[data-open=eu-central-1]");
        assert.deepEqual(await page.evaluate(TOO_WIDE), []);
      });
    }
  }

  for (const colorScheme of SCHEMES) {
    it(`is ${colorScheme} for those who like it ${colorScheme}`, async () => {
      const page = await show({ colorScheme });
      const [red = 0] = (await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")).match(/\d+/g)!;
      assert.equal(Number(red) < 128, colorScheme === "dark");
    });
  }

  it("is complete without JavaScript", async () => {
    node.counting.others = [nodeRow("beta", "us-east-1", { state: "unreachable", committed: 42 })];
    const page = await show({ javaScriptEnabled: false });
    assert.equal(await page.textContent("#total"), "1,234,568");
    assert.match(await page.innerText("main"), /You are visit number 1,234,568\./);
    assert.match(
      await page.innerText("main"),
      /As of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; this page is not live yet\. Reload it for newer numbers\./,
    );
    assert.match(await page.innerText("tr:has-text('beta')"), /us-east-1\s+Ashburn\s+Out of reach\s+42/);
    assert.equal(await page.locator("#marks .node[data-state=unreachable] .dot").count(), 1);
    assert.ok(await page.locator(".land").isVisible());
    assert.ok(!(await page.locator("#pause").isVisible()));
  });
});

/** What sticks out of the page to the right. */
const TOO_WIDE = `[...document.querySelectorAll("body *")]
  .filter((element) => !element.closest("svg, .unseen, .skip, thead") && element.getBoundingClientRect().right > innerWidth + 0.5)
  .map((element) => element.outerHTML.slice(0, 120))
  .slice(0, 4)
  .concat(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [])`;
