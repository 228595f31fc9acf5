import type { Html } from "./html.js";
import type { PageModel } from "./model.js";
import type { RegionSummary } from "./region_summary.js";

export function figures(model: PageModel, regions: readonly RegionSummary[]): Html;
