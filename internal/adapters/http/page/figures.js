import { html } from "./html.js";
import { sparkline } from "./sparkline.js";
import { counted, grouped, rateText } from "./words.js";

/** What goes beside the total: the rate with its last five minutes, who is looking, and how many nodes there are. */
export function figures({ counter, cluster }, regions) {
  return html`<div class="figure rate"><dt>Hits per second</dt><dd><strong id="rate">${counter.rate === null ? "–" : rateText(counter.rate)}</strong>${sparkline(counter.history)}</dd></div>
<div class="figure"><dt>${cluster.active === 1 ? "Active user" : "Active users"}</dt><dd><strong id="active">${grouped(cluster.active)}</strong></dd></div>
<div class="figure"><dt>${cluster.nodeCount === 1 ? "Node" : "Nodes"}</dt><dd><strong>${grouped(cluster.nodeCount)}</strong> <span>in ${counted(regions.length, "region")}</span></dd></div>`;
}
