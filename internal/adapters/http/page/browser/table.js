import { COLUMNS, NAME, STATE_ORDER, sorted } from "./columns.js";
import { html } from "./html.js";
import { anchor } from "./map.js";
import { isGrouped, moreRow, nodeRow, regionRow } from "./table_rows.js";

/** @import { Column } from "./columns.js" */
/** @import { Html } from "./html.js" */
/** @import { ModelNode, PageModel } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */

/**
 * How the table is shown. `expanded`: the open regions; null: all, as far as there is room. `whole`: those of them that show every node.
 * `live`: with buttons. `drawn`: the `data-stamp` that each region has on the page; a region with the same stamp is sent without its rows.
 *
 * @typedef {object} TableView
 * @property {{ readonly key: string, readonly descending: boolean }} sort
 * @property {Set<string> | null} expanded
 * @property {Set<string>} whole
 * @property {boolean} live
 * @property {ReadonlyMap<string, string>} drawn
 */

/** Most nodes in a grouped table without JavaScript, those that need attention first: a thousand would be half a megabyte. */
const MOST_SENT = 100;
/** Most nodes of an open region until the reader asks for all. */
const MOST_OPEN = 100;

/**
 * The table as it is sent, and without JavaScript: nothing to press, and everything shown.
 *
 * @type {TableView}
 */
export const AS_SENT = {
  sort: { key: "name", descending: false },
  expanded: null,
  whole: new Set(),
  live: false,
  drawn: new Map(),
};

/**
 * All nodes, or all regions with the nodes of the expanded ones.
 *
 * @param {PageModel} model
 * @param {readonly RegionSummary[]} regions
 * @param {TableView} view
 */
export function nodeTable(model, regions, view) {
  const many = isGrouped(model);
  const columns = many ? COLUMNS.filter(({ key }) => key !== "region") : COLUMNS;
  const bodies = many
    ? groups(model, regions, view)
    : html`<tbody role="rowgroup">${flat(model, regions, view)}</tbody>`;
  const heads = columns.map((column) => head(many && column === NAME ? { ...column, title: "Region" } : column, view));
  return html`<table role="table" aria-labelledby="nodes-title" class="${many ? "grouped" : "flat"}"><thead role="rowgroup"><tr role="row">${heads}</tr></thead>${bodies}</table>`;
}

/** @type {(column: Column, view: TableView) => Html} */
function head({ key, title, short }, { sort, live }) {
  const sorted = live && key === sort.key ? (sort.descending ? "descending" : "ascending") : null;
  const shown = live ? html`<button type="button" data-sort="${key}">${title}</button>` : title;
  return html`<th role="columnheader" scope="col" data-column="${key}"${short && html` aria-describedby="since-start"`}${sorted && html` aria-sort="${sorted}"`}>${shown}</th>`;
}

/** @type {(model: PageModel, regions: readonly RegionSummary[], view: TableView) => Html[]} */
function flat(model, regions, view) {
  const firsts = new Set();
  const nodes = regions.flatMap((region) => region.nodes);
  return sorted(nodes, view.sort).map((node) => {
    const first = !firsts.has(node.region);
    firsts.add(node.region);
    return nodeRow(node, model, first ? anchor(node) : null);
  });
}

/** @type {(model: PageModel, regions: readonly RegionSummary[], view: TableView) => Html[]} */
function groups(model, regions, view) {
  const shown = new Set(view.live ? model.nodes : mostUrgent(model.nodes));
  return sorted(regions, view.sort).map((region) => {
    const stamp = view.live ? stampOf(region, view) : null;
    const rows = stamp !== null && view.drawn.get(region.region) === stamp ? null : group(region, model, view, shown);
    return html`<tbody role="rowgroup" data-key="${region.region}"${stamp && html` data-stamp="${stamp}"`}>${rows}</tbody>`;
  });
}

/** @type {(region: RegionSummary, model: PageModel, view: TableView, shown: ReadonlySet<ModelNode>) => Html} */
function group(region, model, view, shown) {
  const open = isOpen(region, view);
  const most = view.live && !view.whole.has(region.region) ? MOST_OPEN : region.nodes.length;
  const wanted = open ? sorted(region.nodes, view.sort).filter((node) => shown.has(node)) : [];
  const rows = wanted.slice(0, most);
  const left = open ? region.nodes.length - rows.length : 0;
  return html`${regionRow(region, model, view, open)}${rows.map((node) => nodeRow(node, model, null))}${left > 0 && moreRow(left, region, view)}`;
}

/** @type {(region: RegionSummary, view: TableView) => boolean} */
function isOpen({ region }, { expanded }) {
  return expanded === null || expanded.has(region);
}

/**
 * Everything that a region's rows depend on, apart from what ages in them (ages.js).
 *
 * @type {(region: RegionSummary, view: TableView) => string}
 */
function stampOf(region, view) {
  const { key, descending } = view.sort;
  const newest = region.nodes.reduce((last, { revision }) => Math.max(last, revision), 0);
  const order = `${key} ${descending} ${key === "heardAt" ? region.nodes.map(({ heardAt }) => heardAt) : ""}`;
  return [newest, region.nodes.length, isOpen(region, view), view.whole.has(region.region), order].join();
}

/** @param {readonly ModelNode[]} nodes */
function mostUrgent(nodes) {
  /** @param {ModelNode} node */
  const urgency = ({ state, leader }) => (leader ? -1 : STATE_ORDER.indexOf(state));
  return nodes.toSorted((a, b) => urgency(a) - urgency(b)).slice(0, MOST_SENT);
}
