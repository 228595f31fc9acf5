import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { eventually } from "../../../eventually.ts";
import { serveChromium } from "./browser.ts";
import { manyNodes, nodeRow } from "./nodes.ts";
import { shownTotal, untilItSays, untilLive } from "./totals.ts";

describe("what people do with the page, and what it tells them", () => {
  const served = serveChromium({ nodePer: "test" });

  async function show(path = "/", prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
    const { page } = await served.open(path, {}, prepare);
    await untilLive(page);
    return page;
  }
  const names = (page: Page) => page.locator("#table tbody .name").allInnerTexts();

  it("sorts the table by any column, with the mouse and with the keyboard, and says how", async () => {
    served.node.counting.others = [
      nodeRow("node-10", "us-east-1", { committed: 5 }),
      nodeRow("node-9", "eu-central-1", { committed: 70, state: "lagging" }),
    ];
    const page = await show();
    assert.deepEqual(await names(page), ["alpha", "node-9", "node-10"]);
    await page.click("[data-sort=committed]");
    assert.deepEqual(await names(page), ["node-9", "node-10", "alpha"]);
    assert.equal(await page.getAttribute("th[data-column=committed]", "aria-sort"), "descending");
    await page.keyboard.press("Enter");
    assert.deepEqual(await names(page), ["alpha", "node-10", "node-9"]);
    assert.equal(await page.getAttribute("th[data-column=committed]", "aria-sort"), "ascending");
    assert.equal(await page.locator("[aria-sort]").count(), 1);
    await page.focus("[data-sort=state]");
    await page.keyboard.press("Space");
    assert.deepEqual(await names(page), ["node-9", "alpha", "node-10"]);
  });

  it("keeps the order and the focus while numbers change", async () => {
    served.node.counting.others = [nodeRow("beta", "us-east-1", { committed: 5 })];
    const page = await show();
    await page.click("[data-sort=committed]");
    assert.deepEqual(await names(page), ["beta", "alpha"]);
    served.node.counting.others = [nodeRow("beta", "us-east-1", { committed: 0 })];
    served.node.counting.accepted = 7;
    served.node.counting.numbers = { committed: 7 };
    served.node.counting.round();
    await eventually(async () => (await names(page))[0] === "alpha");
    assert.equal(await page.evaluate("document.activeElement.dataset.sort"), "committed");
  });

  it("puts a thousand nodes together by region, and shows those of one on demand", async () => {
    served.node.counting.others = manyNodes(1_000);
    const page = await show();
    assert.equal((await names(page)).length, 9);
    assert.match(await page.innerText("#region-eu-central-1"), /eu-central-1 Frankfurt\s*125\s+nodes/);
    await page.focus("[data-open=eu-central-1]");
    await page.keyboard.press("Enter");
    await eventually(async () => (await names(page)).length === 9 + 100);
    assert.match(await page.innerText("tr.more"), /and 25 more: show all/);
    await page.click("[data-whole=eu-central-1]");
    await eventually(async () => (await names(page)).length === 9 + 125);
    await page.focus("[data-open=eu-central-1]");
    assert.equal(await page.getAttribute("[data-open=eu-central-1]", "aria-expanded"), "true");
    await page.keyboard.press("Enter");
    await eventually(async () => (await names(page)).length === 9);
    assert.deepEqual(await page.locator(".site text").allTextContents(), Array(7).fill("125"));
  });

  it("leaves the rows of a region alone in which nothing changed but the ages, and writes those", async () => {
    served.node.counting.others = manyNodes(80);
    const page = await show();
    for (const region of ["eu-central-1", "us-east-1"]) await page.click(`[data-open=${region}]`);
    await page.waitForSelector("tr[data-key=n-1]");
    await page.evaluate(WATCH_ROWS);
    served.node.counting.others = manyNodes(80).map((row) => ({
      ...row,
      heardAt: Date.now() - 50_000,
      committed: row.id === "n-9" ? 7_777 : row.committed,
    }));
    served.node.counting.round();
    await eventually(async () => /7,777/.test(await page.innerText("tr[data-key=n-9]")));
    // One that counts only waits for its turn; this one is unreachable.
    assert.match(await page.innerText("tr[data-key=n-40]"), /[56]\d\ss ago/);
    assert.deepEqual(await page.evaluate(seenOf("us-east-1", "n-9")), { changed: true, written: true });
    assert.deepEqual(await page.evaluate(seenOf("eu-central-1", "n-40")), { changed: false, written: false });
  });

  it("tells about a region of the map under the pointer and the focus, until Escape, and leads to its nodes", async () => {
    served.node.counting.others = manyNodes(40);
    const page = await show();
    const tip = page.locator("#tooltip");
    await page.focus(".site[data-region=sa-east-1]");
    assert.match(await tip.innerText(), /São Paulo sa-east-1\s+5\s+nodes/);
    await page.keyboard.press("Escape");
    assert.ok(!(await tip.isVisible()));
    await page.hover(".site[data-region=us-east-1] .dot");
    assert.match(await tip.innerText(), /Ashburn/);
    await page.click(".site[data-region=us-east-1]", { force: true });
    await page.waitForSelector("[data-open=us-east-1][aria-expanded=true]");
    assert.match(page.url(), /#region-us-east-1$/);
  });

  it("has for the keyboard each region of the map, and not the map itself, and keeps the focus described", async () => {
    served.node.counting.others = [nodeRow("beta", "us-east-1"), nodeRow("gamma", "eu-central-1")];
    const page = await show();
    await page.focus("#pause");
    const stops: (string | null)[] = [];
    for (let stop = 0; stop < 3; stop++) {
      await page.keyboard.press("Tab");
      stops.push(await page.evaluate("document.activeElement.dataset.region ?? document.activeElement.tagName"));
    }
    assert.deepEqual(stops, ["eu-central-1", "us-east-1", "A"]);
    await page.focus(".site[data-region=us-east-1]");
    served.node.counting.others = [nodeRow("beta", "us-east-1", { pending: 7 }), nodeRow("gamma", "eu-central-1")];
    served.node.counting.round();
    await eventually(async () => /\b7\b/.test(await page.innerText("tr:has(.name:text-is('beta'))")));
    assert.equal(await page.getAttribute(".site[data-region=us-east-1]", "aria-describedby"), "tooltip");
  });

  it("names the buttons of the table without their arrows", async () => {
    served.node.counting.others = manyNodes(40);
    const page = await show();
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    const names = nodes.filter(({ role }) => role?.value === "button").map(({ name }) => String(name?.value));
    assert.deepEqual(names.slice(1, 7), [
      "Region",
      "State",
      "Counted since start",
      "Pending",
      "Active users",
      "Last report",
    ]);
    assert.match(names[7] ?? "", /^ap-southeast-1 Singapore$/);
  });

  it("runs to the new number for as long as a round takes, and not past it", async () => {
    served.node.counting.view = { interval: 5_000 };
    const page = await show("/", (opened) => opened.clock.install());
    // Later than the browser hears of it, and earlier than the page would miss its node.
    await page.clock.pauseAt((await page.evaluate<number>("Date.now()")) + 4_000);
    const before = await shownTotal(page);
    served.node.counting.pending.set("visits", 1_000);
    served.node.counting.round();
    await eventually(async () => (await shownTotal(page)) > before);
    for (const [seconds, least, most] of [
      [2, 200, 500],
      [2.5, 700, 999],
      [0.5, 1_000, 1_000],
    ] as const) {
      await page.clock.runFor(1_000 * seconds);
      const shown = await shownTotal(page);
      assert.ok(shown >= least && shown <= most, String(shown));
    }
  });

  it("stands still when it is told to, says so, and goes on from there", async () => {
    const page = await show();
    await page.click("#pause");
    await untilItSays(page, /^You paused this page at/);
    served.node.counting.pending.set("visits", 500);
    served.node.counting.round();
    served.node.counting.round();
    await page.waitForTimeout(300);
    assert.equal(await shownTotal(page), 1);
    await page.click("#pause");
    await eventually(async () => (await shownTotal(page)) === 500);
    await untilItSays(page, /^All is well/);
  });

  it("says how long the store has been unavailable and what is pending, goes on counting the seconds, and tells those who listen once", async () => {
    const page = await show();
    served.node.counting.view = { store: "away", storeDetail: "Connection refused." };
    served.node.counting.numbers = { pending: 1204, snapshotAge: 12 };
    served.node.counting.round();
    await untilItSays(
      page,
      /^The store has been unavailable for (?:1[2-9]|[2-5]\d)\s?s\. Counting continues, 1,204 pending\.$/,
    );
    assert.equal(await page.textContent("#detail"), "Connection refused.");
    const told = await page.textContent("#announcement");
    assert.match(told ?? "", /^The store has been unavailable/);
    await untilItSays(page, /unavailable for (?:1[3-9]|[2-5]\d)/);
    assert.equal(await page.textContent("#announcement"), told);
    served.node.counting.view = {};
    served.node.counting.numbers = {};
    served.node.counting.round();
    await untilItSays(page, /^All is well/);
  });

  it("says in the table and the tooltip since when other nodes' pending hits are unknown while the store is lost", async () => {
    served.node.counting.others = [nodeRow("beta", "us-east-1", { pending: 40, heardAt: Date.now() - 60_000 })];
    const page = await show();
    const row = page.locator("tr:has(.name:text-is('beta'))");
    assert.match(await row.innerText(), /\b40\b.*just now/s);
    served.node.counting.view = { store: "lost" };
    served.node.counting.round();
    await untilItSays(page, /Counting continues, at least 40 pending\.$/);
    const age = async () => Number(/unknown for (\d+)\s?s/.exec(await row.innerText())?.[1]);
    const first = await age();
    assert.ok(first >= 60, String(first));
    await eventually(async () => (await age()) > first);
    await page.focus(".site[data-region=us-east-1]");
    assert.match(await page.innerText("#tooltip"), /beta.*pending: unknown for \d+\s?s/);
    served.node.counting.view = {};
    served.node.counting.round();
    await eventually(async () => /\b40\b.*just now/s.test(await row.innerText()));
  });

  it("has a page for every counter", async () => {
    served.node.counting.pending.set("downloads", 2);
    const page = await show("/c/downloads");
    assert.match(await page.innerText("main"), /downloads, each counted exactly once/);
    assert.equal(await shownTotal(page), 3);
    served.node.counting.pending.set("downloads", 4);
    served.node.counting.round();
    await eventually(async () => (await shownTotal(page)) === 4);
  });

  it("says that its node is gone when it has left, and there is no other", async () => {
    const page = await show();
    await served.node.close(100);
    await untilItSays(page, /lost its connection/);
    // The browser itself tells that it could not connect.
    served.complaints.splice(0);
  });

  it("never goes back, and says so when its node knows less than it has shown", async () => {
    const page = await show();
    served.node.counting.totals.set("visits", 5_000n);
    served.node.counting.round();
    await eventually(async () => (await shownTotal(page)) === 5_001);
    served.node.counting.totals.set("visits", 10n);
    const told = async () => (await page.textContent("#detail")) ?? "";
    await eventually(async () => {
      served.node.counting.round();
      return /has shown 4,991 more hits than this node knows of/.test(await told());
    });
    assert.equal(await shownTotal(page), 5_001);
  });
});

/** Notes which regions' rows get other elements or attributes, and all markup that is written. */
const WATCH_ROWS = `
  window.changed = new Set();
  window.markup = "";
  const note = ({ target }) => changed.add(target.closest("tbody")?.dataset.key);
  const what = { childList: true, attributes: true, subtree: true };
  new MutationObserver((all) => all.forEach(note)).observe(document.getElementById("table"), what);
  const { set } = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
  Object.defineProperty(Element.prototype, "innerHTML", {
    set(text) {
      markup += text;
      set.call(this, text);
    },
  });
`;

const seenOf = (region: string, node: string) =>
  `({ changed: changed.has("${region}"), written: markup.includes('<tr role="row" data-key="${node}"') })`;
