import assert from "node:assert/strict";
import axe, { type AxeResults } from "axe-core";
import { serveChromium } from "../page/browser.ts";

/** In a browser, a snippet is copied with one click. */
describe("ways: the page of snippets in Chromium", () => {
  const served = serveChromium({ nodePer: "suite" });

  const LONGEST = "x".repeat(128);

  it("selects a whole snippet by one click", async () => {
    const { page } = await served.open("/c/blog/embed");
    const first = page.locator("pre").first();
    await first.click();
    const selected = await page.evaluate("getSelection().toString()");
    assert.equal(String(selected).trim(), await first.textContent());
    assert.equal(served.node.counting.accepted, 0);
  });

  it("copies a snippet by its button, and says so", async () => {
    const { page, complaints, close } = await served.open("/c/blog/embed", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.getByRole("button", { name: "Copy: Pixel" }).click();
    await page.waitForSelector(".copy:text-is('Copied')");
    assert.equal(
      await page.evaluate("navigator.clipboard.readText()"),
      `<img src="${served.node.url}/pixel/blog.gif" width="1" height="1" alt="">`,
    );
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has nothing that axe finds, and fits a telephone, ${colorScheme}`, async () => {
      const options = { colorScheme, viewport: { width: 360, height: 740 }, bypassCSP: true };
      const { page } = await served.open(`/c/${LONGEST}/embed`, options);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360);
      await page.evaluate(axe.source);
      const { violations, incomplete } = await page.evaluate<AxeResults>("axe.run()");
      assert.deepEqual(
        [...violations, ...incomplete].map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
        [],
      );
    });
  }
});
