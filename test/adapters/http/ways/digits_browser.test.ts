import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { eventually } from "../../../eventually.ts";
import { serveChromium } from "../page/browser.ts";

const THEMES = ["odometer", "segments", "plain"] as const;

/** In a browser, digits are light or dark as the reader prefers, opened by themselves and in a page. */
describe("ways: digits in Chromium", () => {
  const served = serveChromium({
    nodePer: "suite",
    prepare: (node) => {
      node.counting.totals.set("a", 1_234_567n);
    },
  });

  const address = (theme: string) => `${served.node.url}/digits/a.svg?count=false&theme=${theme}`;

  for (const theme of THEMES) {
    it(`have all their colours when they are opened by themselves: ${theme}`, async () => {
      const pictures = [];
      for (const colorScheme of ["light", "dark"] as const) {
        const { page, complaints, close } = await served.open(address(theme), { colorScheme });
        assert.deepEqual(complaints, []);
        pictures.push(await colours(page));
        await close();
      }
      assert.notDeepEqual(pictures[0], pictures[1]);
    });

    it(`have the same colours in a page: ${theme}`, async () => {
      const pictures = [];
      for (const colorScheme of ["light", "dark"] as const) {
        const { page, complaints, close } = await served.open("/counters", { colorScheme });
        await page.setContent(
          `<meta name="color-scheme" content="light dark"><body bgcolor="#888888"><img src="${address(theme)}">`,
        );
        await eventually(() =>
          page.evaluate<boolean>("document.images[0].complete && document.images[0].naturalWidth > 100"),
        );
        pictures.push(await page.locator("img").screenshot());
        assert.deepEqual(complaints, []);
        await close();
      }
      assert.notDeepEqual(pictures[0], pictures[1]);
    });
  }

  const colours = (page: Page) =>
    page.evaluate<string[]>(`[...document.querySelectorAll("rect, stop, use, svg")].map((part) => {
      const { fill, stroke, stopColor } = getComputedStyle(part);
      return [fill, stroke, stopColor].join();
    })`);
});
