/** Where things are on the map, in its units (core/map_projection.ts). */

/** Radius of a node's dot. */
export const DOT = 5;
/** So many nodes of a region are dots of their own; more are one disc that says how many. */
export const MOST_DOTS = 7;

/** From the first dot of a region, in its middle, to those around it. */
const RING = DOT * 2.5;

/** Where the `index`-th of a region's dots is, from its middle: one in the middle and six around it, so that none hides another. */
export function dotPlace(index) {
  if (index === 0) return { x: 0, y: 0 };
  const angle = ((index - 1) / (MOST_DOTS - 1)) * 2 * Math.PI + Math.PI / 6;
  return { x: round(RING * Math.cos(angle)), y: round(RING * Math.sin(angle)) };
}

/** Radius of what stands for a region of `count` nodes. */
export function siteRadius(count) {
  if (count === 1) return DOT;
  return count <= MOST_DOTS ? RING + DOT : round(Math.min(26, 8 + 1.4 * Math.sqrt(count)));
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

/** A curve between two points, bent to the north like an aeroplane's way. */
export function arc(from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const bend = dx >= 0 ? 0.2 : -0.2;
  const x = (from.x + to.x) / 2 + dy * bend;
  const y = (from.y + to.y) / 2 - dx * bend;
  return `M${round(from.x)} ${round(from.y)}Q${round(x)} ${round(y)} ${round(to.x)} ${round(to.y)}`;
}

function round(units) {
  return Math.round(units * 10) / 10;
}
