import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { type Serving, serve } from "../serving.ts";
import { assertNothingFound } from "./axe_findings.ts";
import { launchChromium, openPage, requireChromium } from "./browser.ts";

const WIDTHS = [360, 1280, 1920];

/** A problem is a page for people: it fits each screen, runs nothing, and leads on. */
describe("the page about a problem, in Chromium", function () {
  this.timeout(120_000);
  let browser: Browser;
  let node: Serving;

  before(async function () {
    requireChromium(this);
    browser = await launchChromium();
    node = await serve();
    node.counting.totals.set("blog", 7n);
  });
  after(async () => {
    await browser?.close();
    await node?.close(100);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of WIDTHS) {
      it(`has nothing that axe finds, and fits, ${colorScheme}, ${width} px`, async () => {
        const options = { colorScheme, viewport: { width, height: 780 }, bypassCSP: true };
        for (const path of ["/blogg", `/c/${"x".repeat(129)}`]) {
          const { page, close } = await openPage(browser, node.url + path, options);
          assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
          await page.click("summary");
          await assertNothingFound(page);
          await close();
        }
      });
    }
  }

  it("leads to the counter that was meant, and says nothing in the console but its status", async () => {
    const { page, complaints, close } = await openPage(browser, `${node.url}/blogg`);
    assert.deepEqual(
      complaints.filter((text) => !/status of 404/.test(text)),
      [],
    );
    await page.click(".onward a");
    assert.equal(page.url(), `${node.url}/c/blog`);
    assert.equal(await page.textContent("#total"), "8");
    await close();
  });
});
