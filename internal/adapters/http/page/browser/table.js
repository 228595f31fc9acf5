import { ago, counted, duration, grouped, nodeBadges, STATES, stateName, statesText } from "./format.js";
import { html } from "./html.js";
import { anchor } from "./map.js";
import { isOutdated, reportAge } from "./report_age.js";

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

/** @typedef {ModelNode | RegionSummary} Row */
/** @typedef {{ readonly key: string, readonly title: string, readonly short?: string, readonly value: (row: Row) => string | number }} Column */

/** Above this, the table groups nodes by region. */
const MOST_FLAT = 30;
/** Most nodes in a grouped table without JavaScript, those that need attention first: a thousand would be half a megabyte. */
const MOST_SENT = 100;
/** Most nodes of an open region until the reader asks for all. */
const MOST_OPEN = 100;

const order = Object.keys(STATES);
const byName = new Intl.Collator("en", { numeric: true });

/** @type {Column} */
const NAME = { key: "name", title: "Node", value: label };
/**
 * `value`: what the column sorts by, for nodes and for regions.
 *
 * @type {readonly Column[]}
 */
const COLUMNS = [
  NAME,
  { key: "region", title: "Region", value: (row) => row.region },
  { key: "state", title: "State", value: (row) => order.indexOf(row.state) - (row.leader ? 0.5 : 0) },
  { key: "committed", title: "Counted since start", short: "Since start", value: (row) => row.committed },
  { key: "pending", title: "Pending", value: (row) => row.pending },
  { key: "active", title: "Active users", value: (row) => row.active },
  { key: "heardAt", title: "Last report", value: (row) => -(row.heardAt ?? 0) },
];

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

/** @param {PageModel} model */
function isGrouped({ cluster }) {
  return cluster.nodeCount > MOST_FLAT;
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
  const urgency = ({ state, leader }) => (leader ? -1 : order.indexOf(state));
  return nodes.toSorted((a, b) => urgency(a) - urgency(b)).slice(0, MOST_SENT);
}

/** @type {(region: RegionSummary, model: PageModel, view: TableView, open: boolean) => Html} */
function regionRow(region, model, view, open) {
  const { nodes, states } = region;
  const name = html`<span class="name">${region.region}</span>${city(region)}`;
  const shown = view.live
    ? html`<button type="button" class="open" aria-expanded="${String(open)}" data-open="${region.region}">${name}</button>`
    : name;
  const badges = html`<span class="size">${counted(nodes.length, "node")}</span>${region.leader && badge("leader")}`;
  return html`<tr role="row" class="region" id="${anchor(region)}" data-state="${region.state}"><th role="rowheader" scope="rowgroup">${shown}${badges}</th>${cell("state", statesText(states))}${numbers(region, model)}</tr>`;
}

/** @type {(node: ModelNode, model: PageModel, id: string | null) => Html} */
function nodeRow(node, model, id) {
  const badges = nodeBadges(node, model.cluster).map(badge);
  const where = isGrouped(model) ? null : cell("region", html`${node.region}${city(node)}`);
  const state = node.leader && node.state === "counting" ? "leader" : node.state;
  return html`<tr role="row" data-key="${node.id}"${id && html` id="${id}"`} data-state="${state}"><th role="rowheader" scope="row"><span class="name">${node.name}</span>${badges}</th>${where}${cell("state", stateName(node.state))}${numbers(node, model)}</tr>`;
}

/** @type {(left: number, region: RegionSummary, view: TableView) => Html} */
function moreRow(left, { region }, { live }) {
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

/** @param {string} key */
function columnOf(key) {
  return COLUMNS.find((column) => column.key === key) ?? NAME;
}

/** @param {Pick<Row, "region" | "place">} row */
function city({ region, place }) {
  return place !== null && place.name !== region && html` <span class="city">${place.name}</span>`;
}

/** @param {string} text */
function badge(text) {
  return html`<span class="badge${text !== "leader" && " own"}">${text}</span>`;
}

/**
 * @template {Row} R
 * @param {readonly R[]} rows
 * @param {TableView["sort"]} sort
 */
function sorted(rows, { key, descending }) {
  const { value } = columnOf(key);
  const direction = descending ? -1 : 1;
  return rows.toSorted((a, b) => direction * compare(value(a), value(b)) || byName.compare(label(a), label(b)));
}

/** @type {(a: string | number, b: string | number) => number} */
function compare(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : byName.compare(String(a), String(b));
}

/** @param {Row} row */
function label(row) {
  return "name" in row ? row.name : row.region;
}
