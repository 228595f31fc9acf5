import { DEFAULT_COUNTER } from "../../../core/names.ts";
import { hitsSection } from "../charts/hits_section.ts";
import type { CounterEvent, StateMessage } from "../events/messages.ts";
import { joined, type Piece, pieceOf } from "../gzip/pieces.ts";
import { pagePath } from "../page_path.ts";
import { asciiHtml } from "./ascii_html.ts";
import { type Assets, LINKED } from "./assets.ts";
import { clusterSentence, storeMessage } from "./browser/cluster_sentence.js";
import { figures } from "./browser/figures.js";
import { grouped } from "./browser/format.js";
import { type Html, html } from "./browser/html.js";
import { legend, mapMarks, unplaced } from "./browser/map.js";
import { NARROW, SHOWN, WIDE } from "./browser/map_layout.js";
import { merged, type PageModel } from "./browser/model.js";
import { type RegionSummary, summarize } from "./browser/region_summary.js";
import { judged } from "./browser/shown_number.js";
import { AS_SENT, nodeTable } from "./browser/table.js";

/** A rendered page: the parts before and after `visitText`. */
export interface RenderedPage {
  readonly before: Piece;
  readonly after: Piece;
}

/** What is counted beside the views of a site. */
export interface SiteNumbers {
  readonly visits: bigint | null;
  readonly bots: bigint | null;
}

/** What the pages of all counters share. With a thousand nodes, that is nearly everything. */
export interface RenderedCluster {
  readonly model: PageModel;
  readonly regions: readonly RegionSummary[];
  readonly map: Piece;
  /** The table of nodes. */
  readonly table: Piece;
}

/** `state`: the whole cluster, as of now. */
export function renderCluster(state: Pick<StateMessage, "cluster" | "nodes">, assets: Assets): RenderedCluster {
  const model = merged(null, { ...state, counter: null, full: true, left: [] });
  const regions = summarize(model.nodes);
  return { model, regions, map: pieceOfHtml(map(regions, assets)), table: pieceOfHtml(table(model, regions)) };
}

export function renderPage(
  counter: string,
  event: CounterEvent | null,
  { model: { cluster, nodes }, regions, map, table }: RenderedCluster,
  assets: Assets,
  site: SiteNumbers | null = null,
): RenderedPage {
  const ofCounter = merged(null, { counter: event, cluster, full: true, nodes: [], left: [] });
  const model = { ...ofCounter, nodes };
  const before = html`${head(counter, assets)}${top(counter, model)}${numberStart(counter, model.counter)}`;
  const counts = pieceOfHtml(numbers(model, regions, site));
  const after = [counts, map, pieceOfHtml(hitsSection(counter)), table, pieceOfHtml(footer(counter))];
  return { before: pieceOfHtml(before), after: after.reduce(joined) };
}

function pieceOfHtml(written: Html): Piece {
  return pieceOf(asciiHtml(String(written)));
}

/** The text between the parts of a page: the total, and whether this visit counts. ASCII only. */
export function visitText(total: bigint | null, counted: boolean): string {
  if (total === null) return counted ? COUNTED_UNKNOWN : UNCOUNTED_UNKNOWN;
  const number = grouped(total);
  return number + (counted ? `${VISIT_NUMBER}${number}</strong>.${END_OF_VISIT}` : UNCOUNTED);
}

/** The same for a counter that does not exist. `near`: one with a similar name, or null. */
export function unknownText(total: bigint | null, near: string | null): string {
  const number = total === null ? UNKNOWN : grouped(total);
  const meant = near === null ? "" : ` Did you mean <a href="${pagePath(near)}">${near}</a>?`;
  return `${number}${VISIT}There is no counter of this name yet, so your visit was not counted.${meant}${END_OF_VISIT}`;
}

const VISIT = `</p>\n<p class="you">`;
const VISIT_NUMBER = `${VISIT}You are visit number <strong>`;
const END_OF_VISIT = "</p>\n";
const UNCOUNTED = `${VISIT}Your visit was not counted.${END_OF_VISIT}`;
/** Screen readers skip a dash, so it has a label. */
const UNKNOWN = `<span role="img" aria-label="not known yet">${asciiHtml(grouped(null))}</span>`;
const UNCOUNTED_UNKNOWN = UNKNOWN + UNCOUNTED;
const COUNTED_UNKNOWN = `${UNKNOWN}${VISIT}Your visit is counted; the total is not known yet.${END_OF_VISIT}`;

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
  const { tone, fresh, text } = clusterSentence(model, 0);
  return html`<body>
<a class="skip" href="#nodes-title">Skip to the table of nodes</a>
<main data-counter="${counter}" data-tone="${tone}" data-fresh="${String(fresh)}">
<header>
<h1>Global Cluster</h1>
<p class="state"><span id="state">${text}</span></p>
<button type="button" id="pause" aria-pressed="false" hidden>Pause</button>
<p class="detail" id="detail">${storeMessage(cluster.storeDetail)} As of ${utc(cluster.now)}; this page is not live yet.<noscript> Reload it for newer numbers.</noscript></p>
<p class="unseen" id="announcement" role="status"></p>
</header>
`;
}

function numberStart(counter: string, { value, said }: PageModel["counter"]): Html {
  const length = Math.min(27, grouped(value).length);
  const heard = JSON.stringify(judged(null, said).shown);
  return html`<section class="count" aria-label="Total">
<div class="number">
<p class="what"><strong>${counter}</strong>, each counted exactly once</p>
<p class="total" id="total" data-length="${length}" data-heard="${heard}">`;
}

function numbers(model: PageModel, regions: readonly RegionSummary[], site: SiteNumbers | null): Html {
  return html`${site && besides(site)}</div>
<dl class="figures" id="figures">${figures(model, regions)}</dl>
</section>
`;
}

function besides({ visits, bots }: SiteNumbers): Html {
  const inVisits = visits !== null && html`In ${grouped(visits)} ${visits === 1n ? "visit" : "visits"}. `;
  const byBots = bots !== null && html`${grouped(bots)} by bots, not counted here.`;
  return html`<p class="you">${inVisits}${byBots}</p>
`;
}

/** Has the marks in both sizes. The page's script removes the size that does not fit the screen. */
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
<div class="title"><h2 id="nodes-title">Nodes</h2><p id="since-start">&ldquo;Counted since start&rdquo; covers all counters.</p></div>
<div id="table">${nodeTable(model, regions, AS_SENT)}</div>
</section>
`;
}

function utc(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function footer(counter: string): Html {
  return html`<footer>
<noscript><p>Two requests may reach two different nodes, whose numbers can be about a second apart.</p></noscript>
<p><a href="/c/${counter}/embed">Count your own pages</a> <a href="/v1/cluster">Cluster</a> <a href="/counters">Counters</a> <a href="/metrics">Metrics</a></p>
</footer>
</main>
</body>
</html>
`;
}
