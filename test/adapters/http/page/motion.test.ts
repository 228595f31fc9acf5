import assert from "node:assert/strict";
import type { BrowserContextOptions, Page } from "playwright-core";
import type { ClusterView } from "../../../../internal/core/cluster/cluster_view.ts";
import { eventually } from "../../../eventually.ts";
import { serveChromium } from "./browser.ts";
import { nodeRow } from "./nodes.ts";
import { untilLive } from "./totals.ts";

/** Counts what flies along the arcs, in the page. */
const COUNT_FLIGHTS = `
  window.flights = 0;
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...how) {
    flights += 1;
    return animate.apply(this, how);
  };
`;

const LED = { leader: "gamma" };

/** A cluster whose leader is silent from now on. */
function lastHeard(asOf: number): Partial<ClusterView> {
  const heardAt = Date.now();
  return {
    ...LED,
    asOf,
    ledger: { id: "0123456789abcdef", version: 9 },
    get leaderSilence() {
      return Date.now() - heardAt;
    },
  };
}

describe("what moves on the map", () => {
  const served = serveChromium({
    nodePer: "test",
    prepare: (node) => {
      node.counting.others = led(0);
      node.counting.view = LED;
    },
  });

  /** A leader and another node on the map. */
  const led = (pending: number) => [nodeRow("beta", "us-east-1", { pending }), nodeRow("gamma", "eu-central-1")];

  async function show(options: BrowserContextOptions = {}): Promise<Page> {
    const { page } = await served.open("/", options, (page) => page.addInitScript(COUNT_FLIGHTS));
    await untilLive(page);
    return page;
  }
  const flights = (page: Page) => page.evaluate<number>("flights");
  const running = (page: Page) =>
    page.evaluate<number>("document.getAnimations().filter(({ playState }) => playState === 'running').length");
  const shownPending = (page: Page) => page.innerText("tr:has(.name:text-is('beta')) [data-column=pending]");

  async function tell(page: Page, view: Partial<ClusterView>, pending: number): Promise<void> {
    served.node.counting.view = view;
    served.node.counting.others = led(pending);
    served.node.counting.round();
    await eventually(async () => (await shownPending(page)) === String(pending));
  }

  it("flies along each arc when a round was heard, and not when the node only speaks", async () => {
    const page = await show();
    await tell(page, LED, 1);
    assert.equal(await flights(page), 1);
    await tell(page, lastHeard(1_700_000_000_000), 2);
    const before = await flights(page);
    await tell(page, served.node.counting.view, 3);
    await tell(page, served.node.counting.view, 4);
    assert.equal(await flights(page), before);
    await tell(page, lastHeard(1_700_000_001_000), 5);
    assert.equal(await flights(page), before + 1);
  });

  it("is nothing for those who do not want motion", async () => {
    const page = await show({ reducedMotion: "reduce" });
    const hits = { hits: 90_000, heardAt: Date.now() + 5_000 };
    served.node.counting.others = [nodeRow("beta", "us-east-1", hits), nodeRow("gamma", "eu-central-1")];
    served.node.counting.pending.set("visits", 500);
    served.node.counting.round();
    await page.waitForSelector(".node[data-key=beta] .pulse[data-rate='4']", { state: "attached" });
    assert.equal(await page.textContent("#total"), "500");
    assert.equal(await page.locator(".comet").count(), 1);
    assert.equal(await page.evaluate("getComputedStyle(document.querySelector('.comet')).display"), "none");
    assert.deepEqual([await flights(page), await running(page)], [0, 0]);
  });

  it("beats on the map the faster the more a node counts, and not at all where it counts nothing", async () => {
    const perSecond = [0, 0.4, 4, 40, 4000];
    const rows = (seconds: number) =>
      perSecond.map((rate, index) =>
        nodeRow(`n-${index}`, "us-east-1", { hits: rate * seconds, heardAt: 1_700_000_000_000 + 1000 * seconds }),
      );
    served.node.counting.others = rows(0);
    const page = await show();
    served.node.counting.others = rows(5);
    served.node.counting.round();
    await page.waitForSelector(".node[data-key=n-4] .pulse[data-rate='4']", { state: "attached" });
    const beats = await page.evaluate<number[]>(`[0, 1, 2, 3, 4].map((index) => {
      const beating = document.querySelector(\`.node[data-key=n-\${index}] .pulse\`).getAnimations();
      return beating[0]?.playState === "running" ? beating[0].effect.getTiming().duration : Infinity;
    })`);
    assert.equal(beats[0], Number.POSITIVE_INFINITY);
    for (const [index, beat] of beats.entries()) assert.ok(index === 0 || beat < beats[index - 1]!, String(beats));
  });

  const UNKNOWN: readonly [name: string, view: Partial<ClusterView>][] = [
    ["the store is away", { ...LED, store: "away" }],
    ["the leader is silent", { ...LED, leaderSilence: 9_000 }],
    ["nobody leads", { leader: null }],
  ];
  for (const [name, view] of UNKNOWN) {
    it(`is nothing when ${name}; then nobody is shown to lead, and nothing that may be old has a colour`, async () => {
      const page = await show();
      const looks = () => page.evaluate<object>(LOOKS);
      assert.deepEqual(await looks(), { arcs: "inline", crown: "inline", grey: [false, false, false, false, false] });
      await tell(page, view, 1);
      const { arcs, crown, grey } = (await looks()) as { arcs: string; crown: string | null; grey: boolean[] };
      assert.deepEqual([arcs, grey], ["none", [true, true, true, true, true]]);
      assert.ok(crown === null || crown === "none");
      await tell(page, LED, 2);
      assert.deepEqual(await looks(), { arcs: "inline", crown: "inline", grey: [false, false, false, false, false] });
    });
  }
});

/** How the arcs and the leader's ring are displayed, and whether the map, a region beside it, a state's dot, a badge, and the active users are grey. */
const LOOKS = `(() => {
  const style = (selector, pseudo) => {
    const element = document.querySelector(selector);
    return element && getComputedStyle(element, pseudo);
  };
  const isGrey = (colour) => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map(Number);
    const whole = colour.startsWith("color") ? 255 : 1;
    return Math.max(red, green, blue) * whole - Math.min(red, green, blue) * whole < 40;
  };
  return {
    arcs: style(".arcs").display,
    crown: style(".crown")?.display ?? null,
    grey: [
      style("#map").filter === "grayscale(1)",
      style(".unplaced").filter === "grayscale(1)",
      isGrey(style("td[data-column=state]", "::before").backgroundColor),
      isGrey(style(".badge").color),
      style("#active").color === style("dt").color,
    ],
  };
})()`;
