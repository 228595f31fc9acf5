import { type MapPoint, mapPoint } from "../../core/geo/map_projection.ts";
import { placeOf } from "../../core/geo/regions.ts";

/** A region's place on the page's map, in the map's units, and its name. */
export interface MapPlace extends MapPoint {
  readonly name: string;
}

const known = new Map<string, MapPlace | null>();

/** Null if the place of a region is unknown. Returns the same object for the same region, so that nodes can be compared by field. */
export function mapPlace(region: string): MapPlace | null {
  const found = known.get(region) ?? located(region);
  known.set(region, found);
  return found;
}

function located(region: string): MapPlace | null {
  const place = placeOf(region);
  return place === undefined ? null : { name: place.name, ...mapPoint(place.latitude, place.longitude) };
}
