/** Where things are on the map, in its units (core/geo/map_projection.ts). */

/** What is shown of it: the west of the Pacific has nothing to show. */
const BOX = { left: 60, top: 0, width: 925, height: 450 };
export const SHOWN = `${BOX.left} ${BOX.top} ${BOX.width} ${BOX.height}`;

/** How much larger marks are than on a screen of usual width: a phone's map is small, and its dots must be seen. */
export const WIDE = 1;
export const NARROW = 2.5;

/** Radius of a node's dot, and from a dot's middle to that of its neighbour: between them there is room for the leader's ring. */
export const DOT = 5;
const SPACING = 16;
/** So many nodes of a region are dots of their own, if there are not too many in all; more are one disc that says how many. */
const MOST_DOTS = 7;
const MOST_DOTS_IN_ALL = 100;
/** Room between two regions. */
const GAP = 4;
/** Most of the map that marks may cover: beyond that all of them shrink. */
const MOST_COVERED = 0.3;

/**
 * Every region that has a place: `at` its middle, `scale` of its marks, `radius` before that, and `dots`, where its nodes are from its
 * middle (null: one disc). No two cover each other, and all are inside the map. The same regions always come to the same places.
 */
export function layOut(regions, scale) {
  const placed = regions.filter(({ place }) => place !== null);
  const count = placed.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const key = JSON.stringify([count, placed.map(({ place, nodes }) => [place.x, place.y, nodes.length])]);
  if (known.get(scale)?.key !== key) known.set(scale, { key, sites: sitesOf(placed, count, scale) });
  return known.get(scale).sites.map((site, index) => ({ ...site, region: placed[index] }));
}

/** The last layout for each scale: regions come and go much more rarely than rounds. */
const known = new Map();

function sitesOf(placed, count, wanted) {
  const shapes = placed.map(({ nodes }) => {
    const dots = nodes.length > MOST_DOTS || count > MOST_DOTS_IN_ALL ? null : dotPlaces(nodes.length);
    return { dots, radius: dots === null ? discRadius(nodes.length) : dotsRadius(dots) };
  });
  const scale = fitting(shapes, wanted);
  const sites = placed.map(({ place }, index) => ({ x: place.x, y: place.y, radius: shapes[index].radius * scale }));
  return spreadOut(sites).map((at, index) => ({ ...shapes[index], at, scale }));
}

/** Where a region's dots are, from its middle: in a ring, of which one of seven is the middle. */
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

function dotsRadius(dots) {
  return Math.hypot(dots.at(-1).x, dots.at(-1).y) + DOT + 1;
}

function discRadius(count) {
  return tenths(Math.min(26, 8 + 1.4 * Math.sqrt(count)));
}

/** The scale at which what is wanted fits the map. */
function fitting(shapes, wanted) {
  const covered = shapes.reduce((sum, { radius }) => sum + (2 * radius * wanted) ** 2, 0);
  const room = BOX.width * BOX.height * MOST_COVERED;
  return Math.round(wanted * Math.min(1, Math.sqrt(room / covered)) * 100) / 100;
}

/** Steps in which regions are drawn back to where they belong, and most steps after that until none covers another. */
const STEPS = 60;
const MOST_STEPS = 500;

/** Moves regions that are near each other apart until their boxes do not cover each other: each pair gives way alike. */
function spreadOut(sites) {
  const placed = sites.map(({ x, y, radius }) => ({ x, y, homeX: x, homeY: y, radius }));
  for (let step = 0; step < MOST_STEPS; step++) {
    if (step < STEPS) for (const one of placed) drawHome(one);
    let moved = false;
    for (let i = 0; i < placed.length; i++) for (let j = 0; j < i; j++) moved = part(placed[i], placed[j], i) || moved;
    for (const one of placed) keepInside(one);
    if (step >= STEPS && !moved) break;
  }
  return placed.map(({ x, y }) => ({ x: tenths(x), y: tenths(y) }));
}

function drawHome(one) {
  one.x += (one.homeX - one.x) * 0.05;
  one.y += (one.homeY - one.y) * 0.05;
}

function part(one, other, index) {
  const room = one.radius + other.radius + GAP;
  let [dx, dy] = [one.x - other.x, one.y - other.y];
  // Two clouds' regions in one city have no direction to part in: each gets its own.
  if (dx === 0 && dy === 0) [dx, dy] = [Math.cos(index), Math.sin(index)];
  const distance = Math.max(Math.abs(dx), Math.abs(dy));
  if (distance >= room - GAP / 2) return false;
  const push = (room - distance) / distance / 2;
  one.x += dx * push;
  one.y += dy * push;
  other.x -= dx * push;
  other.y -= dy * push;
  return true;
}

function keepInside(one) {
  const { left, top, width, height } = BOX;
  one.x = Math.max(left + one.radius, Math.min(left + width - one.radius, one.x));
  one.y = Math.max(top + one.radius, Math.min(top + height - one.radius, one.y));
}

/** A curve between two points, bent to the north like an aeroplane's way. */
export function arc(from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const bend = dx >= 0 ? 0.2 : -0.2;
  const x = (from.x + to.x) / 2 + dy * bend;
  const y = (from.y + to.y) / 2 - dx * bend;
  return `M${tenths(from.x)} ${tenths(from.y)}Q${tenths(x)} ${tenths(y)} ${tenths(to.x)} ${tenths(to.y)}`;
}

function tenths(units) {
  return Math.round(units * 10) / 10;
}
