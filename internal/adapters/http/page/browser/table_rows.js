/** The rows of the table of nodes. */

import { columnOf } from "./columns.js";
import { ago, counted, duration, grouped, nodeBadges, stateName, statesText } from "./format.js";
import { html } from "./html.js";
import { anchor } from "./map.js";
import { isOutdated, reportAge } from "./report_age.js";

/** @import { Row } from "./columns.js" */
/** @import { Html } from "./html.js" */
/** @import { ModelNode, PageModel } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */
/** @import { TableView } from "./table.js" */

/** Above this, the table groups nodes by region. */
const MOST_FLAT = 30;

/** @param {PageModel} model */
export function isGrouped({ cluster }) {
  return cluster.nodeCount > MOST_FLAT;
}

/** @type {(region: RegionSummary, model: PageModel, view: TableView, open: boolean) => Html} */
export function regionRow(region, model, view, open) {
  const { nodes, states } = region;
  const name = html`<span class="name">${region.region}</span>${city(region)}`;
  const shown = view.live
    ? html`<button type="button" class="open" aria-expanded="${String(open)}" data-open="${region.region}">${name}</button>`
    : name;
  const badges = html`<span class="size">${counted(nodes.length, "node")}</span>${region.leader && badge("leader")}`;
  return html`<tr role="row" class="region" id="${anchor(region)}" data-state="${region.state}"><th role="rowheader" scope="rowgroup">${shown}${badges}</th>${cell("state", statesText(states))}${numbers(region, model)}</tr>`;
}

/** @type {(node: ModelNode, model: PageModel, id: string | null) => Html} */
export function nodeRow(node, model, id) {
  const badges = nodeBadges(node, model.cluster).map(badge);
  const where = isGrouped(model) ? null : cell("region", html`${node.region}${city(node)}`);
  const state = node.leader && node.state === "counting" ? "leader" : node.state;
  return html`<tr role="row" data-key="${node.id}"${id && html` id="${id}"`} data-state="${state}"><th role="rowheader" scope="row"><span class="name">${node.name}</span>${badges}</th>${where}${cell("state", stateName(node.state))}${numbers(node, model)}</tr>`;
}

/** @type {(left: number, region: RegionSummary, view: TableView) => Html} */
export function moreRow(left, { region }, { live }) {
  const all = live
    ? html`<button type="button" data-whole="${region}">show all</button>`
    : html`<a href="/v1/cluster">all nodes</a>`;
  return html`<tr role="row" class="more"><td role="cell" colspan="6">and ${grouped(left)} more: ${all}</td></tr>`;
}

/** @type {(row: Row, model: PageModel) => Html[]} */
function numbers(row, model) {
  return [
    cell("committed", grouped(row.committed)),
    cell("pending", pendingText(row, model)),
    cell("active", grouped(row.active)),
    cell("heardAt", reportText(row, model)),
  ];
}

/**
 * What a node or a region has pending, or since when that is unknown.
 *
 * @param {Row} row
 * @param {PageModel} model
 */
export function pendingText(row, { cluster, elapsed }) {
  const age = reportAge(row, cluster, elapsed);
  if (isOutdated(age, cluster)) return age === null ? "unknown" : `unknown for ${duration(age)}`;
  /** @param {ModelNode} node */
  const isUnknown = (node) => node.state !== "ended" && isOutdated(reportAge(node, cluster, elapsed), cluster);
  return "nodes" in row && row.nodes.some(isUnknown) ? `at least ${grouped(row.pending)}` : grouped(row.pending);
}

/**
 * How long ago a node or a region last reported.
 *
 * @param {Row} row
 * @param {PageModel} model
 */
export function reportText(row, { cluster, elapsed }) {
  return ago(reportAge(row, cluster, elapsed));
}

/** @type {(key: string, content: Html | string) => Html} */
function cell(key, content) {
  const { title, short } = columnOf(key);
  return html`<td role="cell" data-column="${key}" data-label="${short ?? title}">${content}</td>`;
}

/** @param {Pick<Row, "region" | "place">} row */
function city({ region, place }) {
  return place !== null && place.name !== region && html` <span class="city">${place.name}</span>`;
}

/** @param {string} text */
function badge(text) {
  return html`<span class="badge${text !== "leader" && " own"}">${text}</span>`;
}
