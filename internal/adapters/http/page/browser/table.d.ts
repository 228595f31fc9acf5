import type { Html } from "./html.js";
import type { PageModel } from "./model.js";
import type { RegionSummary } from "./region_summary.js";

export interface TableView {
  sort: { readonly key: string; readonly descending: boolean };
  readonly expanded: Set<string> | null;
  readonly whole: Set<string>;
  readonly live: boolean;
  readonly drawn: ReadonlyMap<string, string>;
}

export const AS_SENT: TableView;
export function nodeTable(model: PageModel, regions: readonly RegionSummary[], view: TableView): Html;
