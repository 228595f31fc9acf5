import { type MapPoint, mapPoint } from "../../core/geo/map_projection.ts";
import { placeOf } from "../../core/geo/regions.ts";

/** Where a region is on the page's map, in its units, and what the place is called. */
export interface MapPlace extends MapPoint {
  readonly name: string;
}

const known = new Map<string, MapPlace | null>();

/** The same object for the same region, so that nodes can be compared field by field; null for regions that nobody knows the place of. */
export function mapPlace(region: string): MapPlace | null {
  const found = known.get(region) ?? located(region);
  known.set(region, found);
  return found;
}

function located(region: string): MapPlace | null {
  const place = placeOf(region);
  return place === undefined ? null : { name: place.name, ...mapPoint(place.latitude, place.longitude) };
}
