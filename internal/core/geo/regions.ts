import { REGION_TABLE } from "./region_table.ts";

/** A place on earth, in degrees north and east. */
export interface Place {
  /** A city, or the name that the region's own text gives. */
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}

const PLACES: ReadonlyMap<string, Place> = new Map(
  REGION_TABLE.flatMap(([name, latitude, longitude, regions]) =>
    regions.split(" ").map((region): [string, Place] => [region, { name, latitude, longitude }]),
  ),
);

const COORDINATES = /^(?:([A-Za-z0-9][A-Za-z0-9._-]{0,39}):)?(-?\d{1,2}(?:\.\d{1,4})?),(-?\d{1,3}(?:\.\d{1,4})?)$/;

/** The place of a known cloud region, or of a region that states its place: `48.21,16.37` or `office:48.21,16.37`. Undefined for others. */
export function placeOf(region: string): Place | undefined {
  const known = PLACES.get(region);
  if (known !== undefined) return known;
  const [, name, north = "", east = ""] = COORDINATES.exec(region) ?? [];
  const [latitude, longitude] = [Number(north), Number(east)];
  if (north === "" || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return { name: name ?? `${north}, ${east}`, latitude, longitude };
}
