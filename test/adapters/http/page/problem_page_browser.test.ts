import assert from "node:assert/strict";
import { assertNothingFound } from "./axe_findings.ts";
import { serveChromium } from "./browser.ts";

const WIDTHS = [360, 1280, 1920];

/** A problem is a page for people: it fits each screen, runs nothing, and leads on. */
describe("the page about a problem, in Chromium", () => {
  const served = serveChromium({
    nodePer: "suite",
    prepare: (node) => {
      node.counting.totals.set("blog", 7n);
    },
    mayComplain: true,
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of WIDTHS) {
      it(`has nothing that axe finds, and fits, ${colorScheme}, ${width} px`, async () => {
        const options = { colorScheme, viewport: { width, height: 780 }, bypassCSP: true };
        for (const path of ["/blogg", `/c/${"x".repeat(129)}`]) {
          const { page, close } = await served.open(path, options);
          assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
          await page.click("summary");
          await assertNothingFound(page);
          await close();
        }
      });
    }
  }

  it("leads to the counter that was meant, and says nothing in the console but its status", async () => {
    const { page, complaints } = await served.open("/blogg");
    assert.deepEqual(
      complaints.filter((text) => !/status of 404/.test(text)),
      [],
    );
    await page.click(".onward a");
    assert.equal(page.url(), `${served.node.url}/c/blog`);
    assert.equal(await page.textContent("#total"), "8");
  });
});
