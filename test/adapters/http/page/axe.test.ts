import type { Browser } from "playwright-core";
import { type Serving, serve } from "../serving.ts";
import { assertNothingFound } from "./axe_findings.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { launchChromium, openPage, requireChromium } from "./browser.ts";
import { manyNodes, nodeRow } from "./nodes.ts";
import { untilItSays, untilLive } from "./totals.ts";

const SIZES = [
  { width: 360, height: 780 },
  { width: 1280, height: 900 },
  { width: 1920, height: 1080 },
];

describe("what axe finds on the page", () => {
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
