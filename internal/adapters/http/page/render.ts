import type { ClusterJson, NodeJson } from "../cluster_json.ts";
import type { Assets } from "./assets.ts";
import { asciiHtml, escapeHtml } from "./escape.ts";
import { clusterState, grouped, nodeBadges, nodeCells, nodesHeading } from "./words.js";

/** A rendered page, open where the visitor's number goes. ASCII only. */
export interface RenderedPage {
  /** Up to the number. */
  readonly before: string;
  /** After the number of a visitor who was counted, and of one who was not. */
  readonly counted: string;
  readonly uncounted: string;
}

/** `total`: as of now, for the size of the number and the words around it. */
export function renderPage(cluster: ClusterJson, total: bigint | null, time: string, assets: Assets): RenderedPage {
  const before = head(assets) + numberStart(total);
  const rest = state(cluster) + nodeTable(cluster) + footer(time);
  return {
    before: asciiHtml(before),
    counted: asciiHtml(`${numberEnd("Your visit is in it.")}${rest}`),
    uncounted: asciiHtml(`${numberEnd("Your visit was not counted.")}${rest}`),
  };
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

function numberStart(total: bigint | null): string {
  const length = Math.min(27, grouped(total).length);
  return `<section class="count" aria-label="Total">
<p class="what">visits, each counted exactly once</p>
<p class="total" id="total" data-length="${length}">`;
}

function numberEnd(words: string): string {
  return `</p>
<p class="you">${words}</p>
</section>
`;
}

function state(cluster: ClusterJson): string {
  const { tone, text } = clusterState(cluster, 0);
  return `<section class="cluster" aria-label="Cluster">
<p class="state" id="state" data-tone="${tone}">${escapeHtml(text)}</p>
<p class="detail" id="detail">${escapeHtml(cluster.storeDetail)}</p>
</section>
`;
}

function nodeTable(cluster: ClusterJson): string {
  const columns = ["Region", "State", "Hits", "Pending", "Last word"].map((name) => `<th scope="col">${name}</th>`);
  return `<section class="nodes">
<h2 id="nodes-heading">${nodesHeading(cluster)}</h2>
<table>
<thead><tr><th scope="col">Node</th>${columns.join("")}</tr></thead>
<tbody id="nodes">
${cluster.nodes.map((node) => nodeRow(node, cluster)).join("\n")}
</tbody>
</table>
</section>
`;
}

function nodeRow(node: NodeJson, cluster: ClusterJson): string {
  const badges = nodeBadges(node, cluster).map((badge) => `<span class="badge">${badge}</span>`);
  const cells = nodeCells(node, 0).map(([label, text]) => `<td data-label="${label}">${escapeHtml(text)}</td>`);
  const name = `<span class="name">${escapeHtml(node.name)}</span>`;
  return `<tr data-state="${node.state}"><th scope="row">${name}${badges.join("")}</th>${cells.join("")}</tr>`;
}

function footer(time: string): string {
  return `<footer>
<noscript><p>As of ${escapeHtml(time)}; reload for newer numbers. Two requests may reach two nodes, which can be about a second apart.</p></noscript>
<p><a href="/v1/cluster">Cluster</a> <a href="/v1/counters">Counters</a> <a href="/metrics">Metrics</a></p>
</footer>
</main>
</body>
</html>
`;
}
