import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { launchChromium, requireChromium } from "./browser.ts";
import { smallPng } from "./png.ts";

describe("a screenshot in fewer bytes", function () {
  this.timeout(30_000);
  let browser: Browser;

  before(async function () {
    requireChromium(this);
    browser = await launchChromium();
  });
  after(() => browser?.close());

  it("looks as it did", async () => {
    const page = await browser.newPage({ viewport: { width: 90, height: 60 } });
    await page.setContent("<body style='background: linear-gradient(45deg, #123, #fed)'><h1>Count</h1>");
    const png = await page.screenshot();
    const small = smallPng(png);
    assert.ok(small.length < png.length, `${small.length} of ${png.length} bytes`);
    const sources = [png, small].map((it) => `data:image/png;base64,${it.toString("base64")}`);
    const furthest = await page.evaluate<number>(`${FURTHEST}(${JSON.stringify(sources)})`);
    assert.ok(furthest < 24, `a colour is ${furthest} off`);
    await page.close();
  });
});

/** The largest difference between two pictures' colours, in the browser, which knows how PNGs are read. */
const FURTHEST = `(async (sources) => {
  const [one, other] = await Promise.all(sources.map(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height).data;
  }));
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0);
})`;
