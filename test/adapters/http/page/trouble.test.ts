import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { StoreState } from "../../../../internal/core/cluster/cluster_view.ts";
import { eventually } from "../../../eventually.ts";
import { startBalancer } from "./balancer.ts";
import { serveChromium } from "./browser.ts";
import { nodeRow } from "./nodes.ts";
import { recordStates, untilItSays, untilLive, untilShown } from "./totals.ts";

describe("what the page says when something is wrong with it, or with what it hears", () => {
  const served = serveChromium({ nodePer: "test", mayComplain: true });

  async function show(url = served.node.url): Promise<Page> {
    const { page } = await served.open(`${url}/`);
    await untilLive(page);
    return page;
  }

  it("goes on saying of when it is and that it is not live, when one of its modules cannot be loaded", async () => {
    const { page } = await served.open("/", {}, (page) => page.route("**/assets/map-*.js", (it) => it.abort()));
    assert.match(await page.innerText("#detail"), /^As of \d{4}-.* UTC; this page is not live yet\.$/);
    assert.equal(await page.getAttribute("main", "data-connection"), null);
  });

  it("has words for states of the store and of nodes that it does not know", async () => {
    const page = await show();
    served.node.counting.view = { store: "sealed" as StoreState };
    served.node.counting.others = [nodeRow("beta", "us-east-1", { state: "dozing" as "counting" })];
    served.node.counting.round();
    await untilItSays(page, /^The store is in a state that this page does not know: sealed\. Counting continues/);
    assert.match(await page.innerText("tr:has-text('beta')"), /dozing/);
    assert.deepEqual(served.complaints, []);
  });

  it("says that it cannot show the newest numbers, to the console why, and goes on when it can again", async () => {
    const page = await show();
    await page.evaluate("window.marks = document.getElementById('marks'); marks.remove()");
    served.node.counting.round();
    await untilItSays(page, /^This page could not show the newest numbers\. Reload it\.$/);
    assert.equal(await page.getAttribute("main", "data-tone"), "bad");
    assert.match(served.complaints[0] ?? "", /TypeError/);
    await page.evaluate("document.getElementById('map').append(marks)");
    await untilItSays(page, /^All is well/);
  });

  it("says that it lost its connection when that is dead without a word, and nothing about a leader", async () => {
    const balancer = await startBalancer([served.node.port]);
    const page = await show(balancer.url);
    const states = await recordStates(page);
    balancer.stall();
    await untilItSays(page, /^This page lost its connection \d+\s?s ago and is reconnecting\.$/);
    assert.deepEqual(
      (await states()).filter((text) => !/^All is well|lost its connection/.test(text)),
      [],
    );
    balancer.close();
  });

  it("lets its stream go while it is hidden, and catches up when it is shown again", async () => {
    const page = await show();
    assert.equal(served.node.counting.active, 1);
    await page.evaluate(hide(true));
    await eventually(() => served.node.counting.active === 0);
    served.node.counting.pending.set("visits", 500);
    served.node.counting.round();
    const states = await recordStates(page);
    await page.evaluate(hide(false));
    await untilShown(page, 500);
    assert.ok((await states()).includes("Catching up."), String(await states()));
    await untilItSays(page, /^All is well/);
    assert.equal(served.node.counting.active, 1);
    assert.deepEqual(served.complaints, []);
  });

  it("goes elsewhere when its node leaves, without a word of a lost connection", async () => {
    const page = await show();
    const states = await recordStates(page);
    served.node.counting.draining = true;
    served.node.counting.round();
    await untilItSays(page, /^This node is shutting down; another one takes over\.$/);
    served.node.counting.draining = false;
    served.node.counting.round();
    await untilItSays(page, /^All is well/);
    assert.ok(!(await states()).some((text) => /lost/.test(text)), String(await states()));
  });
});

function hide(hidden: boolean): string {
  return `
    Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  `;
}
