/** Where things are on the map, in its units (core/geo/map_projection.ts). */

/** @import { MapPoint } from "../../../../core/geo/map_projection.ts" */
/** @import { ModelNode } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */

/**
 * A region on the map. `at`: its middle. `scale`: that of its marks. `radius`: before scaling. `dots`: where its nodes are, from its
 * middle; null: one disc stands for all of them.
 *
 * @typedef {object} Site
 * @property {PlacedRegion} region
 * @property {MapPoint} at
 * @property {number} scale
 * @property {number} radius
 * @property {readonly Dot[] | null} dots
 */

/** @typedef {MapPoint & { readonly node: ModelNode }} Dot */
/** @typedef {RegionSummary & { readonly place: NonNullable<RegionSummary["place"]> }} PlacedRegion */
/** @typedef {{ readonly dots: readonly MapPoint[] | null, readonly radius: number }} Shape */
/** @typedef {Shape & { readonly at: MapPoint, readonly scale: number }} Layout */
/** @typedef {{ x: number, y: number, readonly homeX: number, readonly homeY: number, readonly radius: number }} Body */

/** The part of the map that is shown. The west of the Pacific has nothing to show. */
const BOX = { left: 60, top: 0, width: 925, height: 450 };
export const SHOWN = `${BOX.left} ${BOX.top} ${BOX.width} ${BOX.height}`;

/** Scale of the marks on a usual screen and on a phone, where the map is small but its dots must still be visible. */
export const WIDE = 1;
export const NARROW = 2.5;

/** Radius of a node's dot, and from the middle of a dot to that of its neighbour: the leader's ring fits between them. */
export const DOT = 5;
const SPACING = 16;
/** A region of at most this many nodes has a dot for each, unless there are more nodes in all. Above, it is one disc with their number. */
const MOST_DOTS = 7;
const MOST_DOTS_IN_ALL = 100;
/** Room between two regions. */
const GAP = 4;
/** The largest part of the map that marks may cover. Above it, all of them shrink. */
const MOST_COVERED = 0.3;

/**
 * A site for each region that has a place. No two overlap, and all are inside the map. The same regions always get the same places.
 *
 * @param {readonly RegionSummary[]} regions
 * @param {number} scale
 * @returns {Site[]}
 */
export function layOut(regions, scale) {
  const placed = regions.filter(isPlaced);
  return layouts(placed, scale).map(({ dots, ...layout }, index) => {
    const region = /** @type {PlacedRegion} */ (placed[index]);
    return { ...layout, region, dots: dots && region.nodes.map((node, at) => ({ x: 0, y: 0, ...dots[at], node })) };
  });
}

/** @type {(region: RegionSummary) => region is PlacedRegion} */
function isPlaced({ place }) {
  return place !== null;
}

/**
 * The last layout for each scale: regions change much less often than rounds.
 *
 * @type {Map<number, { readonly key: string, readonly layouts: readonly Layout[] }>}
 */
const known = new Map();

/** @type {(placed: readonly PlacedRegion[], scale: number) => readonly Layout[]} */
function layouts(placed, scale) {
  const key = JSON.stringify(placed.map(({ place, nodes }) => [place.x, place.y, nodes.length]));
  const last = known.get(scale);
  if (last?.key === key) return last.layouts;
  const made = newLayouts(placed, scale);
  known.set(scale, { key, layouts: made });
  return made;
}

/** @type {(placed: readonly PlacedRegion[], wanted: number) => Layout[]} */
function newLayouts(placed, wanted) {
  const count = placed.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const shaped = placed.map(({ place, nodes }) => ({ place, shape: shapeOf(nodes.length, count) }));
  const shapes = shaped.map(({ shape }) => shape);
  const scale = fittingScale(shapes, wanted);
  const bodies = shaped.map(({ place: { x, y }, shape }) => ({
    ...{ x, y, homeX: x, homeY: y },
    radius: shape.radius * scale,
    shape,
  }));
  spreadOut(bodies);
  return bodies.map(({ x, y, shape }) => ({ ...shape, at: { x: tenths(x), y: tenths(y) }, scale }));
}

/** @type {(count: number, countInAll: number) => Shape} */
function shapeOf(count, countInAll) {
  if (count > MOST_DOTS || countInAll > MOST_DOTS_IN_ALL) return { dots: null, radius: discRadius(count) };
  const dots = dotPlaces(count);
  return { dots, radius: Math.max(...dots.map(({ x, y }) => Math.hypot(x, y))) + DOT + 1 };
}

/**
 * Where a region's dots are, from its middle: in a ring. One of seven is in the middle.
 *
 * @type {(count: number) => MapPoint[]}
 */
function dotPlaces(count) {
  if (count === 1) return [{ x: 0, y: 0 }];
  if (count === MOST_DOTS) return [{ x: 0, y: 0 }, ...dotPlaces(count - 1)];
  const radius = SPACING / (2 * Math.sin(Math.PI / count));
  const first = count % 2 === 1 ? -Math.PI / 2 : count === 2 ? 0 : Math.PI / count;
  return Array.from({ length: count }, (_, index) => {
    const angle = first + (index / count) * 2 * Math.PI;
    return { x: tenths(radius * Math.cos(angle)), y: tenths(radius * Math.sin(angle)) };
  });
}

/** @param {number} count */
function discRadius(count) {
  return tenths(Math.min(26, 8 + 1.4 * Math.sqrt(count)));
}

/**
 * The wanted scale, or a smaller one at which the marks fit the map.
 *
 * @type {(shapes: readonly Shape[], wanted: number) => number}
 */
function fittingScale(shapes, wanted) {
  const covered = shapes.reduce((sum, { radius }) => sum + (2 * radius * wanted) ** 2, 0);
  const room = BOX.width * BOX.height * MOST_COVERED;
  return Math.round(wanted * Math.min(1, Math.sqrt(room / covered)) * 100) / 100;
}

/** Steps that pull regions back to where they belong, and the most steps in all until none overlaps another. */
const STEPS = 60;
const MOST_STEPS = 500;

/**
 * Moves regions apart until their boxes do not overlap. Both of a pair move by the same distance.
 *
 * @param {readonly Body[]} bodies
 */
function spreadOut(bodies) {
  for (let step = 0; step < MOST_STEPS; step++) {
    if (step < STEPS) for (const body of bodies) pullHome(body);
    let moved = false;
    for (const [index, body] of bodies.entries())
      for (const other of bodies.slice(0, index)) moved = pushApart(body, other, index) || moved;
    for (const body of bodies) keepInside(body);
    if (step >= STEPS && !moved) break;
  }
}

/** @param {Body} body */
function pullHome(body) {
  body.x += (body.homeX - body.x) * 0.05;
  body.y += (body.homeY - body.y) * 0.05;
}

/** @type {(body: Body, other: Body, index: number) => boolean} */
function pushApart(body, other, index) {
  const room = body.radius + other.radius + GAP;
  let [dx, dy] = [body.x - other.x, body.y - other.y];
  // Regions of two clouds in one city have no direction to move apart in: each gets its own.
  if (dx === 0 && dy === 0) [dx, dy] = [Math.cos(index), Math.sin(index)];
  const distance = Math.max(Math.abs(dx), Math.abs(dy));
  if (distance >= room - GAP / 2) return false;
  const push = (room - distance) / distance / 2;
  body.x += dx * push;
  body.y += dy * push;
  other.x -= dx * push;
  other.y -= dy * push;
  return true;
}

/** @param {Body} body */
function keepInside(body) {
  const { left, top, width, height } = BOX;
  body.x = Math.max(left + body.radius, Math.min(left + width - body.radius, body.x));
  body.y = Math.max(top + body.radius, Math.min(top + height - body.radius, body.y));
}

/**
 * A curve between two points, as the `d` of a path. It bends to the north like the route of an aeroplane.
 *
 * @type {(from: MapPoint, to: MapPoint) => string}
 */
export function arc(from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const bend = dx >= 0 ? 0.2 : -0.2;
  const x = (from.x + to.x) / 2 + dy * bend;
  const y = (from.y + to.y) / 2 - dx * bend;
  return `M${tenths(from.x)} ${tenths(from.y)}Q${tenths(x)} ${tenths(y)} ${tenths(to.x)} ${tenths(to.y)}`;
}

/** @param {number} units */
function tenths(units) {
  return Math.round(units * 10) / 10;
}
