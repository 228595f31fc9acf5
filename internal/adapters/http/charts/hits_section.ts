import { type Html, html } from "../page/browser/html.js";
import { chartImage, historyPath } from "./history_page.ts";
import { PERIODS } from "./hits_chart.ts";

/**
 * The charts on the page of a counter. The page has only their addresses: a browser loads a chart when it comes into view, so it costs a hit
 * nothing. The switch is two radio buttons and needs no script.
 */
export function hitsSection(counter: string): Html {
  const alt = (periods: string) => `Chart of the hits in ${periods}. The table has the numbers.`;
  return html`<section class="history">
<div class="title"><h2 id="hits-title">Hits</h2>
<fieldset class="periods"><legend class="unseen">Period</legend><label><input type="radio" name="by" value="hour" checked>${PERIODS.hour} hours</label><label><input type="radio" name="by" value="day">${PERIODS.day} days</label></fieldset></div>
${chartImage(counter, "hour", alt(`${PERIODS.hour} hours`))}
${chartImage(counter, "day", alt(`${PERIODS.day} days`))}
<p class="ways"><span class="by-hour"><a href="${historyPath(counter, "hour")}">Table by hour</a> <a href="${historyPath(counter, "hour", "csv")}">CSV by hour</a></span><span class="by-day"><a href="${historyPath(counter, "day")}">Table by day</a> <a href="${historyPath(counter, "day", "csv")}">CSV by day</a></span></p>
</section>
`;
}
