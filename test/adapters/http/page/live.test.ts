import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { eventually } from "../../../eventually.ts";
import type { NodeProcess } from "../../../processes/node_process.ts";
import { RealCluster } from "../../../processes/real_cluster.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { launchChromium, openPage, requireChromium, type WatchedPage } from "./browser.ts";
import { recordTotals, shownTotal, untilItSays, untilLive, untilShown } from "./totals.ts";

const REGIONS: Readonly<Record<string, string>> = { n1: "eu-central-1", n2: "us-east-1", n3: "office:-33.9,18.4" };
const WELL = /^All is well/;

describe("the page in a browser, with real nodes behind it", () => {
  let browser: Browser;
  let cluster: RealCluster;
  let balancer: Balancer;
  let open: WatchedPage;

  before(async function () {
    requireChromium(this);
    browser = await launchChromium();
  });
  beforeEach(async () => {
    cluster = await RealCluster.start({
      flags: (name) => ["--max-by", "10000", "--region", REGIONS[name]!],
    });
    balancer = await startBalancer(cluster.nodes.map(({ port }) => port));
  });
  afterEach(async function () {
    await open?.close();
    balancer.close();
    await cluster.end(this.currentTest?.state === "failed");
  });
  after(() => browser?.close());

  async function watch(url: string): Promise<Page> {
    open = await openPage(browser, url);
    await untilLive(open.page);
    await untilItSays(open.page, WELL);
    return open.page;
  }

  /** On a slow machine, another one may lead by the time when the page is shown. */
  async function watchFollower(): Promise<{ readonly leader: NodeProcess; readonly page: Page }> {
    for (;;) {
      const leader = await cluster.leader();
      const page = await watch(cluster.nodes.find((node) => node !== leader)!.url);
      if ((await cluster.leader()) === leader) return { leader, page };
      await open.close();
    }
  }

  // How fast it is, `npm run bench` measures: a machine that is busy with other tests may be late.
  it("moves its number with each hit on another node", async () => {
    const page = await watch(cluster.nodes[0]!.url);
    for (let hit = 0; hit < 5; hit++) {
      const before = await shownTotal(page);
      await hitOn(cluster.nodes[1 + (hit % 2)]!.url);
      await untilShown(page, before + 1);
      assert.equal(await shownTotal(page), before + 1);
    }
    assert.deepEqual(open.complaints, []);
  });

  it("runs to a large number, and never past it", async () => {
    const page = await watch(cluster.nodes[0]!.url);
    const totals = await recordTotals(page);
    await hitOn(cluster.nodes[1]!.url, 10_000);
    await untilShown(page, 10_001);
    const shown = await totals();
    assert.equal(shown.at(-1), 10_001);
    // A slow machine shows few of the numbers between.
    assert.ok(shown.length > 2, `it runs: ${shown}`);
    assertGrowing(shown);
  });

  it("says that it lost its node, and goes on when the node is back, with no smaller number", async () => {
    const [node] = await cluster.followers();
    const page = await watch(node!.url);
    const totals = await recordTotals(page);
    await node!.kill();
    await untilItSays(page, /^This page lost its connection .* and is reconnecting\.$/);
    assert.match((await page.textContent("#announcement")) ?? "", /lost its connection/);
    assert.match((await page.textContent("#detail")) ?? "", /as of \d\d:\d\d:\d\d/);
    await node!.start();
    await untilItSays(page, WELL);
    assertGrowing(await totals());
  });

  it("goes on with another node behind the load balancer when its own is killed, and never shows less", async () => {
    const page = await watch(balancer.url);
    const totals = await recordTotals(page);
    const [own, other] = cluster.nodes;
    for (let hits = 0; hits < 20; hits++) await hitOn(own!.url);
    await untilShown(page, 21);
    await own!.kill();
    await untilItSays(page, /lost its connection/);
    await hitOn(other!.url, 9);
    await untilShown(page, 30);
    await untilItSays(page, /^All is well|^1 of 3\snodes is unreachable\. Committed/);
    assertGrowing(await totals());
  });

  it("shows on the map and in the table who leads when the leader is killed", async () => {
    const { leader, page } = await watchFollower();
    const leading = () => page.locator(".site:has(.node[data-state=leader])").getAttribute("data-region");
    await eventually(async () => (await leading()) === REGIONS[leader.name]);
    await eventually(async () => (await page.locator(".comet").count()) === 2);
    await leader.kill();
    await eventually(async () => (await page.locator(".node[data-state=unreachable]").count()) === 1);
    const next = await cluster.leader();
    assert.notEqual(next, leader);
    await eventually(async () => (await leading()) === REGIONS[next.name]);
    await eventually(async () =>
      /leader/.test((await page.textContent(`tr:has(.name:text-is("${next.name}"))`)) ?? ""),
    );
    assert.deepEqual(open.complaints, []);
  });
});

async function hitOn(url: string, by = 1): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/v1/counters/visits/hits`, {
    method: "POST",
    body: JSON.stringify({ by }),
    headers,
  });
  assert.equal(answer.status, 200);
}

function assertGrowing(totals: readonly number[]): void {
  assert.ok(
    totals.every((total, index) => index === 0 || total >= totals[index - 1]!),
    String(totals),
  );
}
