import { readFileSync } from "node:fs";
import { geoNaturalEarth1, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import {
  MAP_HEIGHT,
  MAP_SCALE,
  MAP_WIDTH,
  MIDDLE_MERIDIAN,
  mapPoint,
} from "../../../../internal/core/geo/map_projection.ts";

/** The page's picture of the land, as `npm run map` prepares it. */
export const LAND_FILE = new URL("../../../../internal/adapters/http/page/browser/land.svg", import.meta.url);

/** Map units between two dots of a row, and between two rows: nearly a triangular grid, in whole numbers. */
const STEP = 6;
const ROW = 5;

type Edge = readonly [fromX: number, fromY: number, toX: number, toY: number];

/** Natural Earth's land (public domain) at 1:110 million, as rows of dots: each row's neighbours are one dashed line, which is few bytes. */
export function landSvg(): string {
  const edges = coastline();
  const rows = Array.from({ length: Math.floor(MAP_HEIGHT / ROW) }, (_, index) => dotsOfRow(index, edges));
  const path = rows
    .flatMap((dots, index) => runs(dots).map(([x, length]) => `M${x} ${rowY(index)}h${length}`))
    .join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${MAP_WIDTH} ${MAP_HEIGHT}"><title>Land</title><path id="land" d="${path}"/></svg>\n`;
}

/** d3's projection, moved and scaled to the map's: `mapPoint` must say the same. */
export function projection() {
  const turned = geoNaturalEarth1()
    .rotate([-MIDDLE_MERIDIAN, 0])
    .scale(MAP_SCALE)
    .translate([MAP_WIDTH / 2, 0]);
  return turned.translate([MAP_WIDTH / 2, mapPoint(0, 0).y]);
}

function coastline(): Edge[] {
  const file = new URL("../../../../node_modules/world-atlas/land-110m.json", import.meta.url);
  const atlas = JSON.parse(readFileSync(file, "utf8")) as Topology<{ land: GeometryCollection }>;
  const edges: Edge[] = [];
  let [startX, startY, x, y] = [0, 0, 0, 0];
  const lineTo = (toX: number, toY: number) => {
    edges.push([x, y, toX, toY]);
    [x, y] = [toX, toY];
  };
  const moveTo = (toX: number, toY: number) => {
    [startX, startY, x, y] = [toX, toY, toX, toY];
  };
  const pen = { moveTo, lineTo, closePath: () => lineTo(startX, startY), beginPath() {}, arc() {} };
  geoPath(projection(), pen)(feature(atlas, atlas.objects.land));
  return edges;
}

function rowY(index: number): number {
  return index * ROW + 2;
}

/** Where in a row there is land. */
function dotsOfRow(index: number, edges: readonly Edge[]): number[] {
  const y = rowY(index);
  const crossings = edges
    .filter(([, fromY, , toY]) => fromY > y !== toY > y)
    .map(([fromX, fromY, toX, toY]) => fromX + ((y - fromY) / (toY - fromY)) * (toX - fromX));
  const xs = Array.from({ length: MAP_WIDTH / STEP }, (_, column) => column * STEP + (index % 2) * (STEP / 2));
  return xs.filter((x) => crossings.filter((crossing) => crossing < x).length % 2 === 1);
}

/** Neighbours taken together: where the first is, and the length of a line that has a dash at each and ends before the next. */
function runs(dots: readonly number[]): [x: number, length: number][] {
  const found: [number, number][] = [];
  for (const x of dots) {
    const last = found.at(-1);
    if (last !== undefined && x === last[0] + last[1] - 1 + STEP) last[1] += STEP;
    else found.push([x, 1]);
  }
  return found;
}
