import type { StateMessage } from "../event_messages.ts";
import { DEFAULT_COUNTER } from "../query.ts";
import type { TotalJson } from "../totals_json.ts";
import { type Assets, LINKED } from "./assets.ts";
import { clusterState, storeWords } from "./cluster_state.js";
import { asciiHtml } from "./escape.ts";
import { figures } from "./figures.js";
import { type Html, html } from "./html.js";
import { legend, mapMarks, unplaced } from "./map.js";
import { NARROW, SHOWN, WIDE } from "./map_layout.js";
import { merged, type PageModel } from "./model.js";
import { type RegionSummary, summarize } from "./region_summary.js";
import { AS_SENT, nodeTable } from "./table.js";
import { grouped } from "./words.js";

/** A rendered page, in parts between which the visitor's number goes, as often as the page has it. ASCII only. */
export interface RenderedPage {
  /** For a visitor who was counted, and for one who was not. */
  readonly counted: readonly string[];
  readonly uncounted: readonly string[];
}

/** `state`: all of it, as of now. */
export function renderPage(counter: string, state: StateMessage, assets: Assets): RenderedPage {
  const model = merged(null, state);
  const regions = summarize(model.nodes);
  const before = html`${head(counter, assets)}${top(counter, model)}${numberStart(counter, model.counter.value)}`;
  const rest = html`${numbers(model, regions)}${map(regions, assets)}${table(model, regions)}${footer(counter)}`;
  return {
    counted: parts(before, html`</p>\n<p class="you">You are visit number <strong>`, html`</strong>.</p>\n${rest}`),
    uncounted: parts(before, html`</p>\n<p class="you">Your visit was not counted.</p>\n${rest}`),
  };
}

/** The number as it stands between the parts of a page. */
export function numberText(total: bigint | null): string {
  return total === null ? asciiHtml(grouped(null)) : grouped(total);
}

function parts(...written: Html[]): string[] {
  return written.map((part) => asciiHtml(String(part)));
}

function head(counter: string, assets: Assets): Html {
  const title = counter === DEFAULT_COUNTER ? "Global Cluster" : `${counter} - Global Cluster`;
  const styles = LINKED.styles.map((name) => html`<link rel="stylesheet" href="${assets.path(name)}">\n`);
  const modules = LINKED.modules.map((name) => html`<link rel="modulepreload" href="${assets.path(name)}">\n`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="A counter on many nodes that counts every visit exactly once.">
<title>${title}</title>
<link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml">
<link rel="preload" href="${assets.path(LINKED.font)}" as="font" type="font/woff2" crossorigin>
${styles}${modules}<script type="module" src="${assets.path(LINKED.script)}"></script>
</head>
`;
}

function top(counter: string, model: PageModel): Html {
  const { cluster } = model;
  const { tone, fresh, text } = clusterState(model, 0);
  return html`<body>
<a class="skip" href="#nodes-title">Skip to the table of nodes</a>
<main data-counter="${counter}" data-tone="${tone}" data-fresh="${String(fresh)}">
<header>
<h1>Global Cluster</h1>
<p class="state"><span id="state">${text}</span></p>
<button type="button" id="pause" aria-pressed="false" hidden>Pause</button>
<p class="detail" id="detail">${storeWords(cluster.storeDetail)} As of ${utc(cluster.now)}; this page is not live yet.<noscript> Reload it for newer numbers.</noscript></p>
<p class="unseen" id="announcement" role="status"></p>
</header>
`;
}

function numberStart(counter: string, total: TotalJson): Html {
  const length = Math.min(27, grouped(total).length);
  return html`<section class="count" aria-label="Total">
<div class="number">
<p class="what"><strong>${counter}</strong>, each counted exactly once</p>
<p class="total" id="total" data-length="${length}">`;
}

function numbers(model: PageModel, regions: readonly RegionSummary[]): Html {
  return html`</div>
<dl class="figures" id="figures">${figures(model, regions)}</dl>
</section>
`;
}

/** Marks come in both sizes; the page's script leaves the one that fits the screen. */
function map(regions: readonly RegionSummary[], assets: Assets): Html {
  return html`<section class="world" aria-label="Map of the nodes">
<div class="stage">
<svg class="land" viewBox="${SHOWN}" aria-hidden="true"><use href="${assets.path("land.svg")}#land"/></svg>
<svg id="map" viewBox="${SHOWN}" role="group" aria-label="Nodes by region"><g id="marks">${mapMarks(regions, WIDE)}</g><g id="marks-narrow">${mapMarks(regions, NARROW)}</g></svg>
<div class="tooltip" id="tooltip" role="tooltip" hidden></div>
</div>
<div class="key">
<ul class="legend" id="legend">${legend(regions)}</ul>
<div class="unplaced" id="unplaced">${unplaced(regions)}</div>
</div>
</section>
`;
}

function table(model: PageModel, regions: readonly RegionSummary[]): Html {
  return html`<section class="nodes">
<div class="title"><h2 id="nodes-title">Nodes</h2><p id="since-start">What each process has counted since it started is over all counters.</p></div>
<div id="table">${nodeTable(model, regions, AS_SENT)}</div>
</section>
`;
}

function utc(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function footer(counter: string): Html {
  return html`<footer>
<noscript><p>Two requests may reach two nodes, which can be about a second apart.</p></noscript>
<p><a href="/c/${counter}/embed">Count your own pages</a> <a href="/v1/cluster">Cluster</a> <a href="/v1/counters">Counters</a> <a href="/metrics">Metrics</a></p>
</footer>
</main>
</body>
</html>
`;
}
