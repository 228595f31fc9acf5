import { ago, counted, grouped, nodeBadges, STATES, stateName, statesText } from "./format.js";
import { html } from "./html.js";
import { anchor } from "./map.js";

/** From so many nodes on, the table is one of regions, whose nodes can be shown. */
const MOST_FLAT = 30;
/** Most nodes in a grouped table as it is sent, those that need a look before others: a thousand would be half a megabyte. */
const MOST_SENT = 100;
/** Most nodes of an open region, until all of them are asked for. */
const MOST_OPEN = 100;

const order = Object.keys(STATES);
const byName = new Intl.Collator("en", { numeric: true });

/** `value` is what is sorted by, for a node and for a region alike. */
const COLUMNS = [
  { key: "name", title: "Node", value: (row) => row.name ?? row.region },
  { key: "region", title: "Region", value: (row) => row.region },
  { key: "state", title: "State", value: (row) => order.indexOf(row.state) - (row.leader ? 0.5 : 0) },
  { key: "committed", title: "Counted since start", short: "Since start", value: (row) => row.committed },
  { key: "pending", title: "Pending", value: (row) => row.pending },
  { key: "active", title: "Active users", value: (row) => row.active },
  { key: "heardAt", title: "Last word", value: (row) => -(row.heardAt ?? 0) },
];
const NUMBERS = new Set(["committed", "pending", "active", "heardAt"]);

/** How the table is when the page is sent, and without JavaScript: nothing to press, and everything shown. */
export const AS_SENT = {
  sort: { key: "name", descending: false },
  expanded: null,
  whole: new Set(),
  live: false,
  drawn: new Map(),
};

/**
 * All nodes, or all regions with the nodes of those that are expanded (`view.expanded`: names of regions; null: all, as far as there
 * is room; `view.whole`: of those, the ones shown to the last node). `view.live`: with buttons. `view.drawn`: what each region's `data-stamp` is by
 * now; a region that would get the same one comes without its rows.
 */
export function nodeTable(model, regions, view) {
  const many = model.cluster.nodeCount > MOST_FLAT;
  const columns = many ? COLUMNS.filter(({ key }) => key !== "region") : COLUMNS;
  const bodies = many
    ? groups(model, regions, view)
    : html`<tbody role="rowgroup">${flat(model, regions, view)}</tbody>`;
  const heads = columns.map((column) =>
    head(many && column.key === "name" ? { ...column, title: "Region" } : column, view),
  );
  return html`<table role="table" aria-labelledby="nodes-title" class="${many ? "grouped" : "flat"}"><thead role="rowgroup"><tr role="row">${heads}</tr></thead>${bodies}</table>`;
}

function head({ key, title, short }, { sort, live }) {
  const sorted = live && key === sort.key ? (sort.descending ? "descending" : "ascending") : null;
  const shown = live ? html`<button type="button" data-sort="${key}">${title}</button>` : title;
  return html`<th role="columnheader" scope="col" data-column="${key}"${short && html` aria-describedby="since-start"`}${sorted && html` aria-sort="${sorted}"`}>${shown}</th>`;
}

function flat(model, regions, view) {
  const firsts = new Set();
  return sorted(
    regions.flatMap(({ nodes }) => nodes),
    view.sort,
  ).map((node) => {
    const first = !firsts.has(node.region);
    firsts.add(node.region);
    return nodeRow(node, model, first ? anchor(node) : null);
  });
}

function groups(model, regions, view) {
  const room = view.live ? model.nodes : mostUrgent(model.nodes);
  const shown = new Set(room);
  return sorted(regions, view.sort).map((region) => {
    const stamp = view.live ? stampOf(region, view) : null;
    const rows = stamp !== null && view.drawn.get(region.region) === stamp ? null : group(region, model, view, shown);
    return html`<tbody role="rowgroup" data-key="${region.region}"${stamp && html` data-stamp="${stamp}"`}>${rows}</tbody>`;
  });
}

function group(region, model, view, shown) {
  const open = isOpen(region, view);
  const most = view.live && !view.whole.has(region.region) ? MOST_OPEN : region.nodes.length;
  const wanted = open ? sorted(region.nodes, view.sort).filter((node) => shown.has(node)) : [];
  const rows = wanted.slice(0, most);
  const left = open ? region.nodes.length - rows.length : 0;
  return html`${regionRow(region, model, view, open)}${rows.map((node) => nodeRow(node, model, null))}${left > 0 && moreRow(left, region, view)}`;
}

function isOpen({ region }, { expanded }) {
  return expanded === null || expanded.has(region);
}

/** All that a region's rows depend on, but for the ages in them. */
function stampOf(region, view) {
  const { key, descending } = view.sort;
  const newest = region.nodes.reduce((last, { revision }) => Math.max(last, revision), 0);
  const order = `${key} ${descending} ${key === "heardAt" ? region.nodes.map(({ heardAt }) => heardAt) : ""}`;
  return [newest, region.nodes.length, isOpen(region, view), view.whole.has(region.region), order].join();
}

function mostUrgent(nodes) {
  const urgency = ({ state, leader }) => (leader ? -1 : order.indexOf(state));
  return [...nodes].sort((a, b) => urgency(a) - urgency(b)).slice(0, MOST_SENT);
}

function regionRow(region, model, view, open) {
  const { nodes, states } = region;
  const name = html`<span class="name">${region.region}</span>${city(region)}`;
  const shown = view.live
    ? html`<button type="button" class="open" aria-expanded="${String(open)}" data-open="${region.region}">${name}</button>`
    : name;
  const badges = html`<span class="size">${counted(nodes.length, "node")}</span>${region.leader && badge("leader")}`;
  return html`<tr role="row" class="region" id="${anchor(region)}" data-state="${region.state}"><th role="rowheader" scope="rowgroup">${shown}${badges}</th>${cell("state", statesText(states))}${numbers(region, model)}</tr>`;
}

function nodeRow(node, model, id) {
  const badges = nodeBadges(node, model.cluster).map(badge);
  const where = model.cluster.nodeCount > MOST_FLAT ? null : cell("region", html`${node.region}${city(node)}`);
  return html`<tr role="row" data-key="${node.id}"${id && html` id="${id}"`} data-state="${node.leader && node.state === "counting" ? "leader" : node.state}"><th role="rowheader" scope="row"><span class="name">${node.name}</span>${badges}</th>${where}${cell("state", stateName(node.state))}${numbers(node, model)}</tr>`;
}

function moreRow(left, { region }, { live }) {
  const all = live
    ? html`<button type="button" data-whole="${region}">show all</button>`
    : html`<a href="/v1/cluster">all nodes</a>`;
  return html`<tr role="row" class="more"><td role="cell" colspan="6">and ${grouped(left)} more: ${all}</td></tr>`;
}

function numbers(row, model) {
  const texts = [grouped(row.committed), grouped(row.pending), grouped(row.active), lastWord(row, model)];
  return [...NUMBERS].map((key, index) => cell(key, texts[index]));
}

/** How long ago the last word of a node or a region was. */
export function lastWord({ state, heardAt }, { cluster, elapsed }) {
  if (heardAt === null) return ago(null);
  const heard = Math.max(0, (cluster.now - heardAt) / 1000);
  // One that counts answered the leader's last rounds: its row, one of many, only waits for its turn.
  const age = state === "counting" ? Math.min(heard, cluster.leaderSilence ?? heard) : heard;
  return ago(age + elapsed);
}

function cell(key, content) {
  const { title, short } = COLUMNS.find((column) => column.key === key);
  return html`<td role="cell" data-column="${key}" data-label="${short ?? title}">${content}</td>`;
}

function city({ region, place }) {
  return place !== null && place.name !== region && html` <span class="city">${place.name}</span>`;
}

function badge(text) {
  return html`<span class="badge${text !== "leader" && " own"}">${text}</span>`;
}

function sorted(rows, { key, descending }) {
  const { value } = COLUMNS.find((column) => column.key === key);
  const direction = descending ? -1 : 1;
  return [...rows].sort((a, b) => direction * compare(value(a), value(b)) || byName.compare(label(a), label(b)));
}

function compare(a, b) {
  return typeof a === "number" ? a - b : byName.compare(a, b);
}

function label(row) {
  return row.name ?? row.region;
}
