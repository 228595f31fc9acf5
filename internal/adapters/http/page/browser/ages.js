import { pendingText, reportText } from "./table_rows.js";

/** @import { PageModel } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */

/**
 * Writes into a table what ages: how long ago each last report was, and since when a number is unknown. It changes every second, when
 * everything else in most rows stays the same.
 *
 * @param {HTMLElement} table
 * @param {PageModel} model
 * @param {readonly RegionSummary[]} regions
 */
export function writeAges(table, model, regions) {
  const nodes = new Map(model.nodes.map((node) => [node.id, node]));
  const groups = new Map(regions.map((region) => [region.region, region]));
  for (const element of table.querySelectorAll("tbody tr:not(.more)")) {
    const { key } = /** @type {HTMLElement} */ (element).dataset;
    const row = key === undefined ? groups.get(element.parentElement?.dataset.key ?? "") : nodes.get(key);
    if (row === undefined) continue;
    write(element, "pending", pendingText(row, model));
    write(element, "heardAt", reportText(row, model));
  }
}

/** @type {(row: Element, column: string, text: string) => void} */
function write(row, column, text) {
  const content = row.querySelector(`[data-column=${column}]`)?.firstChild;
  if (content instanceof Text && content.data !== text) content.data = text;
}
