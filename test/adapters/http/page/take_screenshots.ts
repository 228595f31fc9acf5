import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { eventually } from "../../../eventually.ts";
import { RealCluster } from "../../../processes/real_cluster.ts";
import { launchChromium, openPage } from "./browser.ts";
import { untilItSays } from "./totals.ts";

/** Pictures of a real cluster's page under load, for the documentation and for whoever changes how it looks: `npm run screenshots`. */

const DOCS = new URL("../../../../docs/", import.meta.url);
const REGIONS = [
  "eu-central-1",
  "us-east-1",
  "ap-southeast-1",
  "us-west-2",
  "sa-east-1",
  "ap-northeast-1",
  "eu-central-1",
  "af-south-1",
];
const SIZES = [
  { width: 1280, height: 1000, name: "page" },
  { width: 1920, height: 1080, name: "page-wall" },
  { width: 360, height: 780, name: "page-phone" },
];
const LOAD_MS = Number(process.env.LOAD_SECONDS ?? 150) * 1000;

const cluster = new RealCluster({
  flags: (name) => ["--max-by", "1000000", "--region", REGIONS[Number(name.slice(1)) - 1]!],
});
for (const _ of REGIONS) await cluster.newNode();
const browser = await launchChromium();
try {
  await startInTurn();
  await longAgo();
  const onlookers = await Promise.all(
    cluster.nodes.flatMap((node, index) => Array.from({ length: index % 3 }, () => openPage(browser, node.url))),
  );
  const load = underLoad();
  await sleep(LOAD_MS);
  for (const size of SIZES) for (const scheme of ["light", "dark"] as const) await picture(browser, size, scheme);
  await load();
  await Promise.all(onlookers.map((onlooker) => onlooker.close()));
} finally {
  await browser.close();
  await cluster.end(false);
}

/** A total of some age: counted in an earlier life of the nodes, whose last five minutes they do not remember. */
async function longAgo(): Promise<void> {
  await Promise.all(cluster.nodes.map((node, index) => hit(node.url, 140_000 + index * 3_571)));
  await cluster.healed();
  await Promise.all(cluster.nodes.map((node) => node.terminate()));
  await startInTurn();
}

/** One after another: so many at once are slow to come on a busy machine. */
async function startInTurn(): Promise<void> {
  for (const node of cluster.nodes) await node.start();
  await cluster.leader();
}

/** Some hits a second on every node, now more, now less. Returns how to stop it. */
function underLoad(): () => Promise<void> {
  let ended = false;
  const run = Promise.all(
    cluster.nodes.map(async ({ url }, index) => {
      for (let turn = 0; !ended; turn++) {
        const wave = 1.4 + Math.sin(turn / 40 + index) + 0.5 * Math.sin(turn / 9);
        await hit(url, 1 + Math.floor(Math.random() * 4 * wave));
        await sleep(250 + 120 * index);
      }
    }),
  );
  return async () => {
    ended = true;
    await run;
  };
}

async function hit(url: string, by: number): Promise<void> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", body: JSON.stringify({ by }), headers };
  // A connection may be closed just when it is used again; one hit more or less does not matter here.
  await fetch(`${url}/v1/counters/visits/hits`, request).catch(() => {});
}

async function picture(browser: Browser, size: (typeof SIZES)[number], colorScheme: "light" | "dark"): Promise<void> {
  const { width, height, name } = size;
  const deviceScaleFactor = width < 400 ? 2 : 1;
  const { page, close } = await openPage(browser, cluster.nodes[0]!.url, {
    viewport: { width, height },
    colorScheme,
    deviceScaleFactor,
  });
  await untilItSays(page, /^All is well/);
  await sleep(3_000);
  await untilCollecting(page);
  const path = fileURLToPath(new URL(`${name}-${colorScheme}.png`, DOCS));
  await page.screenshot({ path, fullPage: width > 400 && width < 1900 });
  await close();
  console.log(path);
}

/** Until a round is on its way to the leader; then everything that moves is held where it is. */
async function untilCollecting(page: Page): Promise<void> {
  const hold = `(() => {
    const comets = [...document.querySelectorAll(".comet")].flatMap((comet) => comet.getAnimations());
    if (comets.length === 0) return false;
    for (const animation of document.getAnimations()) animation.pause();
    for (const comet of comets) comet.currentTime = comet.effect.getTiming().delay + 330;
    return true;
  })()`;
  await eventually(() => page.evaluate(hold));
}
