import { HOURS_A_DAY } from "../../../core/days/hour.ts";
import { lengthOf, type Period } from "../history/history_query.ts";
import type { Assets } from "../page/assets.ts";
import { grouped } from "../page/browser/format.js";
import { type Html, html } from "../page/browser/html.js";
import { pagePath } from "../page_path.ts";
import { type ChartSize, SIZES } from "./chart_svg.ts";
import { clockText, dayText } from "./chart_times.ts";
import { type HitsChart, isKept, PERIODS } from "./hits_chart.ts";

/** The path of a counter's hits by hour or day; `as`: as an image or a file. */
export function historyPath(
  counter: string,
  by: Period,
  as: "page" | "csv" | "svg" | `svg&size=${ChartSize}` = "page",
): string {
  return `/history/${counter}?by=${by}${as === "page" ? "" : `&as=${as}`}`;
}

/** Up to these widths of the window, the chart has another size than the wide one. */
const UP_TO = [
  ["narrow", "30rem"],
  ["medium", "56rem"],
] as const;

/** A chart that the browser loads when it comes into view, in the size that suits its window. */
export function chartImage(counter: string, by: Period, alt: string): Html {
  const sources = UP_TO.map(([size, width]) => {
    const path = historyPath(counter, by, `svg&size=${size}`);
    return html`<source media="(max-width: ${width})" srcset="${path}" width="${SIZES[size].width}" height="${SIZES[size].height}">`;
  });
  const { width, height } = SIZES.wide;
  return html`<picture class="by-${by}">${sources}<img src="${historyPath(counter, by, "svg")}" width="${width}" height="${height}" loading="lazy" alt="${alt}"></picture>`;
}

/** The hits of a counter by hour or day: a chart, and a table of the same numbers. */
export function historyPage(chart: HitsChart, assets: Assets): Html {
  const { counter, by, since } = chart;
  const styles = ["page.css", "embed.css", "history.css"].map((name) => assets.path(name));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Hits of ${counter} by ${by} - Global Cluster</title>
<link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml">
${styles.map((path) => html`<link rel="stylesheet" href="${path}">\n`)}</head>
<body>
<main class="embed history">
<header><h1><a href="/">Global Cluster</a></h1></header>
<h2 id="title">Hits of <strong>${counter}</strong></h2>
<nav aria-label="Period"><ul class="periods"><li>${periodLink(counter, "hour", by)}</li><li>${periodLink(counter, "day", by)}</li></ul></nav>
${chartImage(counter, by, "The numbers are in the table below.")}
<p>Committed hits. All times are UTC. ${since === null ? "None are kept yet." : `Hits by hour are kept since ${dayText(since)}, ${clockText(since)}; earlier ones are in the total only.`}</p>
${table(chart)}
<footer><p><a href="${pagePath(counter)}">The page of ${counter}</a> <a href="${historyPath(counter, by, "csv")}">CSV</a></p></footer>
</main>
</body>
</html>
`;
}

function periodLink(counter: string, period: Period, shown: Period): Html {
  const words = period === "hour" ? `${PERIODS.hour} hours` : `${PERIODS.day} days`;
  return period === shown
    ? html`<a href="${historyPath(counter, period)}" aria-current="page">${words}</a>`
    : html`<a href="${historyPath(counter, period)}">${words}</a>`;
}

/** The newest period first. */
function table(chart: HitsChart): Html {
  const { by, from, series } = chart;
  const count = series[0]?.numbers.length ?? 0;
  const rows = Array.from({ length: count }, (_, index) => count - 1 - index)
    .filter((at) => isKept(chart, at))
    .map((at) => {
      const hour = from + at * lengthOf(by);
      const numbers = series.map(({ numbers }) => html`<td>${grouped(BigInt(numbers[at] ?? 0))}</td>`);
      return html`<tr><th scope="row">${dayText(hour)}${lengthOf(by) < HOURS_A_DAY && `, ${clockText(hour)}`}</th>${numbers}</tr>\n`;
    });
  return html`<table class="list numbers" aria-labelledby="title">
<thead><tr><th scope="col">${by === "hour" ? "Hour" : "Day"}</th>${series.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table>`;
}
