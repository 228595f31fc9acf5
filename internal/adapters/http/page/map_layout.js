/** Where things are on the map, in its units (core/map_projection.ts). */

/** Radius of a node's dot. */
export const DOT = 5;
/** So many nodes of a region are dots of their own; more are one disc that says how many. */
export const MOST_DOTS = 7;

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
const SPREAD = DOT * 1.75;

/** Where the `index`-th dot of a region is, from its middle: like the seeds of a sunflower, none hides another. */
export function dotPlace(index, count) {
  if (count === 1) return { x: 0, y: 0 };
  const distance = SPREAD * Math.sqrt(index + 0.35);
  const angle = index * GOLDEN_ANGLE;
  return { x: round(distance * Math.cos(angle)), y: round(distance * Math.sin(angle)) };
}

/** Radius of what stands for a region of `count` nodes. */
export function siteRadius(count) {
  if (count === 1) return DOT;
  if (count <= MOST_DOTS) return round(SPREAD * Math.sqrt(count - 0.65) + DOT);
  return round(Math.min(26, 8 + 1.4 * Math.sqrt(count)));
}

const STEPS = 60;

/**
 * Moves regions that are near each other apart until they do not cover each other, or nearly so: each pair gives way alike, and is
 * drawn back to where it belongs. The same regions always come to the same places.
 */
export function spreadOut(sites) {
  const placed = sites.map(({ x, y, radius }) => ({ x, y, homeX: x, homeY: y, radius }));
  for (let step = 0; step < STEPS; step++) {
    for (const one of placed) {
      one.x += (one.homeX - one.x) * 0.05;
      one.y += (one.homeY - one.y) * 0.05;
    }
    for (let i = 0; i < placed.length; i++) for (let j = 0; j < i; j++) part(placed[i], placed[j], i);
  }
  return placed.map(({ x, y }) => ({ x: round(x), y: round(y) }));
}

function part(one, other, index) {
  const room = one.radius + other.radius + 1.5;
  let [dx, dy] = [one.x - other.x, one.y - other.y];
  if (Math.abs(dx) >= room || Math.abs(dy) >= room) return;
  // Two clouds' regions in one city have no direction to part in: each gets its own.
  if (dx === 0 && dy === 0) [dx, dy] = [Math.cos(index), Math.sin(index)];
  const distance = Math.hypot(dx, dy);
  if (distance >= room) return;
  const push = (room - distance) / distance / 2;
  one.x += dx * push;
  one.y += dy * push;
  other.x -= dx * push;
  other.y -= dy * push;
}

/** A curve between two points, bent to the north like an aeroplane's way; `lane` tells several between the same points apart. */
export function arc(from, to, lane) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const distance = Math.hypot(dx, dy);
  const bend = distance * (0.2 + 0.035 * lane);
  const side = dx >= 0 ? 1 : -1;
  const x = (from.x + to.x) / 2 + (side * dy * bend) / distance;
  const y = (from.y + to.y) / 2 - (side * dx * bend) / distance;
  return `M${from.x} ${from.y}Q${round(x)} ${round(y)} ${to.x} ${to.y}`;
}

function round(units) {
  return Math.round(units * 10) / 10;
}
