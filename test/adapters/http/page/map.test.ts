import assert from "node:assert/strict";
import { layOut, NARROW, SHOWN, WIDE } from "../../../../internal/adapters/http/page/browser/map_layout.js";
import { merged } from "../../../../internal/adapters/http/page/browser/model.js";
import { summarize } from "../../../../internal/adapters/http/page/browser/region_summary.js";
import type { NodeRow } from "../../../../internal/core/cluster/cluster_view.ts";
import { MAP_HEIGHT, mapPoint } from "../../../../internal/core/geo/map_projection.ts";
import { REGION_TABLE } from "../../../../internal/core/geo/region_table.ts";
import { MemoryCounting } from "../memory_counting.ts";
import { serveChromium } from "./browser.ts";
import { fullMessage } from "./full_message.ts";
import { nodeRow } from "./nodes.ts";
import { untilLive } from "./totals.ts";

const [LEFT = 0, TOP = 0, WIDTH = 0, HEIGHT = 0] = SHOWN.split(" ").map(Number);
const NEAR = ["eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1", "us-east-1"];
const EVERYWHERE = REGION_TABLE.flatMap(([, , , regions]) => regions.split(" "));

function nodesIn(regions: readonly string[], each: number): NodeRow[] {
  return regions.flatMap((region) => Array.from({ length: each }, (_, index) => nodeRow(`${region}-${index}`, region)));
}

describe("where the map's marks are", () => {
  function sites(nodes: NodeRow[], scale: number) {
    const counting = new MemoryCounting();
    counting.others = nodes;
    return layOut(summarize(merged(null, fullMessage(counting)).nodes), scale);
  }

  it("is on a map as high as the land", () => assert.equal(HEIGHT, MAP_HEIGHT));

  for (const [name, scale] of [
    ["wide", WIDE],
    ["narrow", NARROW],
  ] as const) {
    for (const [regions, each] of [
      [NEAR, 3],
      [EVERYWHERE, 1],
      [EVERYWHERE, 6],
    ] as const) {
      it(`is inside a ${name} map, and none covers another, with ${regions.length} regions of ${each}`, () => {
        const boxes = sites(nodesIn(regions, each), scale).map(({ at, radius, scale }) => ({
          ...at,
          half: radius * scale,
        }));
        assert.equal(boxes.length, regions.length);
        for (const [index, { x, y, half }] of boxes.entries()) {
          const inside =
            x - half >= LEFT - 0.1 &&
            x + half <= LEFT + WIDTH + 0.1 &&
            y - half >= TOP - 0.1 &&
            y + half <= TOP + HEIGHT + 0.1;
          assert.ok(inside, `${regions[index]} at ${x} ${y}`);
          for (const other of boxes.slice(0, index)) {
            const apart = Math.max(Math.abs(x - other.x), Math.abs(y - other.y)) - half - other.half;
            assert.ok(apart > -0.2, `${regions[index]} at ${x} ${y} is over ${other.x} ${other.y}`);
          }
        }
      });
    }
  }

  it("is where the region is, when no other is near", () => {
    const found = sites([nodeRow("a", "48.21,16.37"), nodeRow("b", "sa-east-1"), nodeRow("c", "nowhere")], WIDE);
    assert.deepEqual(
      found.map(({ at }) => at),
      [mapPoint(48.21, 16.37), mapPoint(-23.55, -46.63)],
    );
  });

  it("has no dots where there would be more than a hundred", () => {
    assert.ok(sites(nodesIn(NEAR, 7), WIDE).every(({ dots }) => dots?.length === 7));
    assert.ok(sites(nodesIn([...NEAR, ...EVERYWHERE.slice(0, 52)], 2), WIDE).every(({ dots }) => dots === null));
  });
});

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
/** The boxes of those dots that can be seen. */
const DOTS = `[...document.querySelectorAll(".dot")]
  .filter((dot) => getComputedStyle(dot.closest("#map > g")).display !== "none")
  .map((dot) => dot.getBoundingClientRect().toJSON())`;

describe("the map in a browser", () => {
  const served = serveChromium({ nodePer: "suite" });

  for (const [width, height] of [
    [360, 780],
    [1280, 900],
    [1920, 1080],
  ] as const) {
    for (const javaScriptEnabled of [true, false]) {
      it(`shows every node's dot beside the others, ${width} px, ${javaScriptEnabled ? "live" : "as sent"}`, async () => {
        served.node.counting.others = [
          ...nodesIn(NEAR, 3),
          ...nodesIn(["ap-southeast-1", "sin"], 7),
          ...nodesIn(["sa-east-1"], 2),
        ];
        const { page, close } = await served.open("/", {
          viewport: { width, height },
          javaScriptEnabled,
        });
        if (javaScriptEnabled) await untilLive(page);
        const shown = await page.evaluate<Box[]>(DOTS);
        assert.equal(shown.length, 37);
        for (const [index, one] of shown.entries())
          for (const other of shown.slice(0, index)) {
            const apart = Math.max(Math.abs(one.x - other.x) - one.width, Math.abs(one.y - other.y) - one.height);
            assert.ok(apart > 0, JSON.stringify([one, other]));
          }
        await close();
      });
    }
  }

  it("draws discs and one arc for each region when there are very many nodes", async () => {
    served.node.counting.others = nodesIn(EVERYWHERE.slice(0, 60), 3);
    served.node.counting.view = { leader: `${EVERYWHERE[0]}-0` };
    const { page } = await served.open("/");
    await untilLive(page);
    assert.equal(await page.locator(".dot").count(), 0);
    assert.equal(await page.locator(".disc").count(), 60);
    assert.equal(await page.locator(".comet").count(), 59);
  });
});
