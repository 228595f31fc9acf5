import type { Html } from "./html.js";
import type { RegionSummary } from "./region_summary.js";

export function mapMarks(regions: readonly RegionSummary[], scale: number): Html;
export function legend(regions: readonly RegionSummary[]): Html;
export function unplaced(regions: readonly RegionSummary[]): Html | null;
