import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { CHART_STYLE } from "../../../../internal/adapters/http/charts/chart_svg.ts";
import { eventually } from "../../../eventually.ts";
import { assertNothingFound } from "../page/axe_findings.ts";
import { serveChromium } from "../page/browser.ts";

const WIDE = { width: 1280, height: 900 };
const WIDTHS = [360, 390, 1280, 1920];
/** Both sides of each width at which the chart gets another size. */
const CHART_WIDTHS = [320, 390, 480, 481, 896, 897, 1920];

/** The charts on a counter's page are loaded when they come into view, and their switch needs no script. */
describe("a counter's history in Chromium", () => {
  const served = serveChromium({
    nodePer: "suite",
    prepare: (node) => {
      node.counting.totals.set("blog", 1_234n);
      const now = Math.floor(Date.now() / 3_600_000);
      for (let hour = now - 9_000; hour <= now; hour++) {
        node.counting.hours.push({ of: "blog", hour, hits: 1 + ((hour * 7) % 50) });
        node.counting.hours.push({ of: "blog/_visits", hour, hits: hour % 9 });
      }
    },
  });

  const charts = (page: Page) =>
    page.evaluate<string[]>(
      `performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.includes("/history/"))`,
    );
  /** Not `waitForFunction`: the page's policy forbids what it does from its second look on. */
  const loaded = (page: Page, by: string) =>
    eventually(() =>
      page.evaluate<boolean>(
        `(({ complete, naturalWidth }) => complete && naturalWidth > 300)(document.querySelector(".by-${by} img"))`,
      ),
    );

  it("loads the chart of days only when somebody switches to it", async () => {
    const { page, complaints, close } = await served.open("/c/blog", { viewport: WIDE });
    await page.locator("section.history").scrollIntoViewIfNeeded();
    await loaded(page, "hour");
    assert.deepEqual(await charts(page), [`${served.node.url}/history/blog?by=hour&as=svg`]);
    await page.getByText("400 days").click();
    await loaded(page, "day");
    assert.equal((await charts(page)).length, 2);
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const path of ["/c/blog", "/history/blog?by=day"])
    it(`has texts that can be read at each width: ${path}`, async () => {
      for (const width of CHART_WIDTHS) {
        const { page, close } = await served.open(path, { viewport: { width, height: 900 } });
        const chart = page.locator(".history img").first();
        await chart.scrollIntoViewIfNeeded();
        await loaded(page, path.startsWith("/c/") ? "hour" : "day");
        const [scale, whole, root] = await page.evaluate<[number, number, number]>(
          `(({ clientWidth, naturalWidth }) => [clientWidth / naturalWidth, document.documentElement.scrollWidth, parseFloat(getComputedStyle(document.documentElement).fontSize)])(document.querySelector(".history img"))`,
        );
        await close();
        const text = scale * Number(/font:(\d+)px/.exec(CHART_STYLE)?.[1]);
        // On a wall, all texts of the page are larger.
        assert.ok(text >= 9 && text < 1.2 * root, `${text} px in a window of ${width} px`);
        assert.equal(whole, width);
      }
    });

  it("switches without a script", async () => {
    const options = { javaScriptEnabled: false, viewport: WIDE };
    const { page } = await served.open("/c/blog", options);
    const shown = async () => {
      const places = await page.locator("section.history :is(img, a):visible").all();
      return Promise.all(places.map(async (place) => (await place.getAttribute("src")) ?? place.textContent()));
    };
    assert.deepEqual(await shown(), ["/history/blog?by=hour&as=svg", "Table by hour", "CSV by hour"]);
    await page.getByText("400 days").click();
    assert.deepEqual(await shown(), ["/history/blog?by=day&as=svg", "Table by day", "CSV by day"]);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of WIDTHS) {
      it(`has nothing that axe finds, and fits, ${colorScheme}, ${width} px`, async () => {
        const viewport = { width, height: 900 };
        const { page, complaints, close } = await served.open("/history/blog", {
          colorScheme,
          viewport,
        });
        await loaded(page, "hour");
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
        assert.deepEqual([complaints, (await charts(page)).length], [[], 1]);
        await close();
        const again = await served.open("/history/blog?by=day", {
          colorScheme,
          viewport,
          bypassCSP: true,
        });
        await loaded(again.page, "day");
        await assertNothingFound(again.page);
        await again.close();
      });
    }
  }
});
