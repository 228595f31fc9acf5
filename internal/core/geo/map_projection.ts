/** A point of the page's map: `x` to the right from 0 to MAP_WIDTH, `y` down from 0 to MAP_HEIGHT. */
export interface MapPoint {
  readonly x: number;
  readonly y: number;
}

export const MAP_WIDTH = 1000;
export const MAP_HEIGHT = 450;

/** Degrees east at the map's middle. With this, the map's edge runs through the Bering Strait and cuts no land in two. */
export const MIDDLE_MERIDIAN = 11;
/** Northernmost latitude of the map, in degrees. There is little land beyond it. */
const TOP = 81;

const RADIANS = Math.PI / 180;
/** Map units for one radian at the equator. In this projection the equator is 0.8707 * 2 pi radians wide. */
export const MAP_SCALE = MAP_WIDTH / (0.8707 * 2 * Math.PI);

/**
 * The map point of a place, given in degrees north and east. This is the Natural Earth projection, by its polynomial (Savric, Jenny,
 * Patterson, Petrovic and Hurni, "A Polynomial Equation for the Natural Earth Projection", 2011). It gives Europe's many regions more
 * room than an equal-area projection.
 */
export function mapPoint(latitude: number, longitude: number): MapPoint {
  const fromMiddle = ((longitude - MIDDLE_MERIDIAN + 540) % 360) - 180;
  return {
    x: tenths(MAP_WIDTH / 2 + MAP_SCALE * fromMiddle * RADIANS * parallelLength(latitude * RADIANS)),
    y: tenths(MAP_SCALE * (parallelHeight(TOP * RADIANS) - parallelHeight(latitude * RADIANS))),
  };
}

/** Length of the parallel at latitude `phi` on the map, relative to the globe's circumference. */
function parallelLength(phi: number): number {
  const p2 = phi ** 2;
  const p4 = p2 ** 2;
  return 0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4));
}

/** Distance of the parallel at latitude `phi` from the equator, in radians of the globe. */
function parallelHeight(phi: number): number {
  const p2 = phi ** 2;
  const p4 = p2 ** 2;
  return phi * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)));
}

function tenths(units: number): number {
  return Math.round(units * 10) / 10;
}
