import assert from "node:assert/strict";
import type { BrowserContextOptions, Page } from "playwright-core";
import { eventually } from "../../../eventually.ts";
import { serveChromium } from "./browser.ts";
import { manyNodes, nodeRow } from "./nodes.ts";
import { untilLive } from "./totals.ts";

const SCHEMES = ["light", "dark"] as const;
const PHONE = { width: 360, height: 800 };
const DESK = { width: 1280, height: 900 };
const WALL = { width: 1920, height: 1080 };

const SNIPPETS_FIT = "[...document.querySelectorAll('pre')].every((pre) => pre.scrollWidth <= pre.clientWidth)";

/** Names of cities have no place where they may break. */
const BROKEN_WORDS = `[...document.querySelectorAll("td .city")].filter((city) => {
  const range = document.createRange();
  range.selectNodeContents(city);
  return range.getClientRects().length > 1;
}).map(({ textContent }) => textContent)`;

describe("how the page looks", () => {
  const served = serveChromium({
    nodePer: "test",
    prepare: (node) => {
      node.counting.totals.set("visits", 1_234_567n);
    },
  });

  async function show(options: BrowserContextOptions = {}): Promise<Page> {
    const { page } = await served.open("/", { viewport: DESK, ...options });
    if (options.javaScriptEnabled !== false) await untilLive(page);
    return page;
  }

  for (const viewport of [PHONE, { width: 768, height: 1000 }, DESK, WALL]) {
    for (const count of [2, 1_000]) {
      it(`fits ${viewport.width} px with ${count} nodes, and with the largest number and the longest names`, async () => {
        served.node.counting.totals.set("visits", 10n ** 20n);
        served.node.counting.others = [...manyNodes(count), nodeRow("n".repeat(63), "r".repeat(63))];
        const page = await show({ viewport });
        if (count > 30) await page.click("[data-open=eu-central-1]");
        assert.deepEqual(await page.evaluate(TOO_WIDE), []);
      });
    }
  }

  it("shows on a wall the total, the figures, the map and all that is said about it on one screen, and uses its width", async () => {
    served.node.counting.others = [...manyNodes(16), nodeRow("z", "elsewhere")];
    const page = await show({ viewport: WALL });
    for (const part of ["#total", ".figures", "#map", "#legend", "#unplaced"]) {
      const { y, height } = await boxOf(page, part);
      assert.ok(y >= 0 && y + height <= WALL.height, `${part} ends at ${y + height}`);
    }
    const [map, figures] = [await boxOf(page, "#map"), await boxOf(page, ".figures")];
    assert.ok(map.width + figures.width > 0.85 * WALL.width);
  });

  it("breaks no word in the table of nodes, at any width", async () => {
    served.node.counting.others = ["us-east-1", "eu-central-1", "ap-southeast-1"].map((region) =>
      nodeRow(region, region),
    );
    const page = await show();
    for (const width of [360, 640, 736, 768, 820, 896, 897, 960, 1024, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await page.evaluate(BROKEN_WORDS), [], `${width} px`);
    }
  });

  it("has no empty band under the state on a phone", async () => {
    const page = await show({ viewport: { width: 390, height: 780 } });
    const [state, what] = [await boxOf(page, ".state"), await boxOf(page, ".what")];
    assert.ok(what.y - state.y - state.height < 60, String(what.y - state.y - state.height));
  });

  it("fits a phone with the list of counters, the snippets and a problem", async () => {
    served.node.counting.totals.set(`blog.example/${"a".repeat(100)}`, 10n ** 20n);
    for (const path of [
      "/counters?prefix=blog",
      "/counters?prefix=blog.example/",
      `/c/${"a".repeat(120)}/embed`,
      "/c/No!",
    ]) {
      const { page, close } = await served.open(path, { viewport: { width: 390, height: 780 } });
      assert.ok((await page.evaluate<number>("document.documentElement.scrollWidth")) <= 390, path);
      assert.ok(await page.evaluate(SNIPPETS_FIT), path);
      await close();
    }
    // The browser itself tells that the last one is a problem.
    assert.match(served.complaints.splice(0).join(), /^Failed to load resource: .* status of 400 [^,]*$/);
  });

  // A phone has no room for a line that is rarely there.
  for (const viewport of [DESK, WALL]) {
    it(`moves nothing when there is something to say about the store, ${viewport.width} px`, async () => {
      served.node.counting.others = manyNodes(3);
      const page = await show({ viewport });
      const before = await boxOf(page, "#total");
      served.node.counting.view = { store: "away", storeDetail: "It is away." };
      served.node.counting.round();
      await eventually(async () => (await page.textContent("#detail")) === "It is away.");
      assert.equal((await boxOf(page, "#total")).y, before.y);
    });
  }

  it("has on a phone the ways to sort in one row, and the state's colour on each card", async () => {
    served.node.counting.others = manyNodes(3);
    const page = await show({ viewport: PHONE });
    const tops = await page.evaluate<number[]>(
      "[...document.querySelectorAll('[data-sort]')].map((button) => button.getBoundingClientRect().top)",
    );
    assert.deepEqual(tops, Array(7).fill(tops[0]));
    const colours = await page.evaluate<string[]>(
      "[...document.querySelectorAll('tbody th')].map((name) => getComputedStyle(name, '::before').backgroundColor)",
    );
    assert.equal(new Set(colours).size, 4);
  });

  it("explains the marks that there are, and no others", async () => {
    served.node.counting.others = [nodeRow("a", "us-east-1", { state: "lagging" }), nodeRow("b", "fra")];
    served.node.counting.view = { leader: "b" };
    const page = await show();
    assert.deepEqual(await page.locator("#legend li").allInnerTexts(), ["Leader", "Counting", "Lagging"]);
  });

  for (const colorScheme of SCHEMES) {
    it(`is ${colorScheme} for those who like it ${colorScheme}`, async () => {
      const page = await show({ colorScheme });
      const [red = 0] = (await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")).match(/\d+/g)!;
      assert.equal(Number(red) < 128, colorScheme === "dark");
    });
  }

  it("is complete without JavaScript", async () => {
    served.node.counting.others = [nodeRow("beta", "us-east-1", { state: "unreachable", committed: 42 })];
    const page = await show({ javaScriptEnabled: false });
    assert.equal(await page.textContent("#total"), "1,234,568");
    assert.match(await page.innerText("main"), /You are visit number 1,234,568\./);
    assert.match(
      await page.innerText("main"),
      /As of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; this page is not live yet\. Reload it for newer numbers\./,
    );
    assert.match(await page.innerText("tr:has-text('beta')"), /us-east-1\s+Ashburn\s+Unreachable\s+42/);
    assert.equal(await page.locator("#marks .node[data-state=unreachable] .dot").count(), 1);
    assert.ok(await page.locator(".land").isVisible());
    assert.ok(!(await page.locator("#pause").isVisible()));
  });
});

async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).boundingBox();
  assert.ok(box, `${selector} is not shown`);
  return box;
}

/** What sticks out of the page to the right. */
const TOO_WIDE = `[...document.querySelectorAll("body *")]
  .filter((element) => !element.closest("svg, .unseen, .skip, thead") && element.getBoundingClientRect().right > innerWidth + 0.5)
  .map((element) => element.outerHTML.slice(0, 120))
  .slice(0, 4)
  .concat(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [])`;
