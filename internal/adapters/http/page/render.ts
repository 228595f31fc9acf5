import type { ClusterEvent, NodeEvent, StateMessage } from "../event_messages.ts";
import type { TotalJson } from "../totals_json.ts";
import type { Assets } from "./assets.ts";
import { asciiHtml, escapeHtml } from "./escape.ts";
import { clusterState, grouped, nodeBadges, nodeCells, nodesHeading } from "./words.js";

/** A rendered page, in parts between which the visitor's number goes, as often as the page has it. ASCII only. */
export interface RenderedPage {
  /** For a visitor who was counted, and for one who was not. */
  readonly counted: readonly string[];
  readonly uncounted: readonly string[];
}

/** `state`: all of it, as of now. */
export function renderPage(counter: string, state: StateMessage, assets: Assets): RenderedPage {
  const before = head(assets) + numberStart(counter, state.counter?.value ?? null);
  const rest = clusterSentence(state.cluster) + nodeTable(state) + footer(state.cluster.now);
  const counted = `${numberEnd("Your visit is in it.")}${rest}`;
  const uncounted = `${numberEnd("Your visit was not counted.")}${rest}`;
  return { counted: [before, counted].map(asciiHtml), uncounted: [before, uncounted].map(asciiHtml) };
}

/** The number as it stands between the parts of a page. */
export function numberText(total: bigint | null): string {
  return total === null ? asciiHtml(grouped(null)) : grouped(total);
}

function head(assets: Assets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="A counter on many nodes that counts every visit exactly once.">
<title>Global Cluster</title>
<link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.path("page.css")}">
<link rel="stylesheet" href="${assets.path("nodes.css")}">
<script type="module" src="${assets.path("live.js")}"></script>
</head>
<body>
<main>
<h1>Global Cluster</h1>
`;
}

function numberStart(counter: string, total: TotalJson): string {
  const length = Math.min(27, grouped(total).length);
  return `<section class="count" aria-label="Total">
<p class="what">${escapeHtml(counter)}, each counted exactly once</p>
<p class="total" id="total" data-length="${length}">`;
}

function numberEnd(words: string): string {
  return `</p>
<p class="you">${words}</p>
</section>
`;
}

function clusterSentence(cluster: ClusterEvent): string {
  const { tone, text } = clusterState(cluster, 0);
  return `<section class="cluster" aria-label="Cluster">
<p class="state" id="state" data-tone="${tone}">${escapeHtml(text)}</p>
<p class="detail" id="detail">${escapeHtml(cluster.storeDetail)}</p>
</section>
`;
}

function nodeTable({ cluster, nodes }: StateMessage): string {
  const columns = ["Region", "State", "Hits", "Pending", "Last word"].map((name) => `<th scope="col">${name}</th>`);
  return `<section class="nodes">
<h2 id="nodes-heading">${nodesHeading(cluster)}</h2>
<table>
<thead><tr><th scope="col">Node</th>${columns.join("")}</tr></thead>
<tbody id="nodes">
${nodes.map((node) => nodeRow(node, cluster)).join("\n")}
</tbody>
</table>
</section>
`;
}

function nodeRow(node: NodeEvent, cluster: ClusterEvent): string {
  const badges = nodeBadges(node, cluster).map((badge) => `<span class="badge">${badge}</span>`);
  const cells = nodeCells(node, 0).map(([label, text]) => `<td data-label="${label}">${escapeHtml(text)}</td>`);
  const name = `<span class="name">${escapeHtml(node.name)}</span>`;
  return `<tr data-state="${node.state}"><th scope="row">${name}${badges.join("")}</th>${cells.join("")}</tr>`;
}

function footer(now: number): string {
  const time = `${new Date(now).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return `<footer>
<noscript><p>As of ${escapeHtml(time)}; reload for newer numbers. Two requests may reach two nodes, which can be about a second apart.</p></noscript>
<p><a href="/v1/cluster">Cluster</a> <a href="/v1/counters">Counters</a> <a href="/metrics">Metrics</a></p>
</footer>
</main>
</body>
</html>
`;
}
