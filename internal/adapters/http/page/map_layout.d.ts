import type { MapPoint } from "../../../core/geo/map_projection.ts";
import type { RegionSummary } from "./region_summary.js";

export interface Site {
  readonly region: RegionSummary;
  readonly at: MapPoint;
  readonly scale: number;
  readonly radius: number;
  readonly dots: readonly MapPoint[] | null;
}

export const SHOWN: string;
export const WIDE: number;
export const NARROW: number;
export function layOut(regions: readonly RegionSummary[], scale: number): Site[];
