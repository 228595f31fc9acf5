import { counted, grouped, rateText } from "./format.js";
import { html } from "./html.js";
import { sparkline } from "./sparkline.js";

/** @import { PageModel } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */

/**
 * The figures beside the total: the rate with its last five minutes, the open pages, and the nodes.
 *
 * @param {PageModel} model
 * @param {readonly RegionSummary[]} regions
 */
export function figures({ counter, cluster, nodes }, regions) {
  const living = nodes.filter(({ state }) => state !== "ended").length;
  return html`<div class="figure rate"><dt>Hits per second</dt><dd><strong id="rate">${counter.rate === null ? "–" : rateText(counter.rate)}</strong><span class="span">${sparkline(counter.history)}<span>5 min ago</span><span>now</span></span></dd></div>
<div class="figure"><dt>${cluster.active === 1 ? "Active user" : "Active users"}</dt><dd><strong id="active">${grouped(cluster.active)}</strong> <span>${cluster.active === 1 ? "open page" : "open pages"}</span></dd></div>
<div class="figure"><dt>${living === 1 ? "Node" : "Nodes"}</dt><dd><strong>${grouped(living)}</strong> <span>in ${counted(regions.length, "region")}</span></dd></div>`;
}
