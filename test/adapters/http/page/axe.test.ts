import assert from "node:assert/strict";
import axe, { type AxeResults, type RunOptions } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { type Serving, serve } from "../serving.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { launchChromium, openPage, requireChromium } from "./browser.ts";
import { manyNodes, nodeRow } from "./nodes.ts";
import { untilItSays, untilLive } from "./totals.ts";

const SIZES = [
  { width: 360, height: 780 },
  { width: 1280, height: 900 },
  { width: 1920, height: 1080 },
];

describe("what axe finds on the page", function () {
  this.timeout(120_000);
  let browser: Browser;
  let node: Serving;
  let balancer: Balancer;

  before(async function () {
    requireChromium(this);
    browser = await launchChromium();
  });
  beforeEach(async () => {
    node = await serve();
    balancer = await startBalancer([node.port]);
    node.counting.totals.set("visits", 1_234_567n);
    node.counting.others = [...manyNodes(4), nodeRow("leader", "us-east-1")];
    node.counting.view = { leader: "leader" };
  });
  afterEach(async () => {
    balancer.close();
    await node.close(100);
  });
  after(() => browser?.close());

  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of SIZES) {
      const options = { viewport, colorScheme, reducedMotion: "reduce" } as const;

      it(`is nothing, in good and in bad states, ${colorScheme}, ${viewport.width} px`, async () => {
        const { page, close } = await openPage(browser, `${balancer.url}/`, options);
        await untilLive(page);
        await assertNothingFound(page);
        for (const [store, words] of [
          ["away", /been unavailable/],
          ["full", /been full/],
          ["lost", /lost its ledger/],
        ] as const) {
          node.counting.view = { leader: "leader", store, storeDetail: "What the store said." };
          node.counting.round();
          await untilItSays(page, words);
          await assertNothingFound(page);
        }
        await page.click("#pause");
        await untilItSays(page, /^You paused/);
        await assertNothingFound(page);
        balancer.close();
        await untilItSays(page, /lost its connection/);
        await assertNothingFound(page);
        await close();
      });
    }

    it(`is nothing with many nodes, a region of which is open, and the focus on the map, ${colorScheme}`, async () => {
      node.counting.others = manyNodes(60);
      const { page, close } = await openPage(browser, `${node.url}/`, { colorScheme, reducedMotion: "reduce" });
      await untilLive(page);
      await page.click("[data-open=eu-central-1]");
      await page.locator(".site").first().focus();
      await assertNothingFound(page);
      await close();
    });
  }
});

/** WCAG 2.2, levels A and AA; of its rules axe leaves out the size of targets unless it is told to look. */
const RULES: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations"],
  rules: { "target-size": { enabled: true } },
};

async function assertNothingFound(page: Page): Promise<void> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(RULES)})`);
  const found = violations.flatMap(({ id, nodes }) => nodes.map((it) => `${id}: ${it.html} ${it.failureSummary}`));
  assert.deepEqual(found, []);
}
