import { html } from "./html.js";
import { arc, DOT, layOut } from "./map_layout.js";
import { counted, grouped, STATES, statesText } from "./words.js";

/** What stands on the map's land: arcs from every node to the leader, and above them the regions with their nodes. `scale` of map_layout.js. */
export function mapMarks(regions, scale) {
  const sites = layOut(regions, scale);
  return html`<g class="arcs">${arcs(sites)}</g>${sites.map(siteLink)}`;
}

/** What the marks mean that are there. */
export function legend(regions) {
  const nodes = regions.flatMap((region) => region.nodes);
  const present = new Set(nodes.map(({ leader, state }) => (leader && state === "counting" ? "leader" : state)));
  const names = { leader: "Leader", ...Object.fromEntries(Object.entries(STATES).toReversed()) };
  const items = Object.entries(names).filter(([state]) => present.has(state));
  return html`${items.map(([state, name]) => html`<li data-state="${state}">${name}</li>`)}`;
}

/** Regions that nobody knows the place of, beside the map. */
export function unplaced(regions) {
  const elsewhere = regions.filter(({ place }) => place === null);
  if (elsewhere.length === 0) return null;
  const items = elsewhere.map(
    (region) =>
      html`<li data-state="${region.state}"><a href="#${anchor(region)}"><strong>${region.region}</strong> ${counted(region.nodes.length, "node")}${region.leader && ", leader"}</a></li>`,
  );
  return html`<p id="unplaced-title">Not on the map</p><ul aria-labelledby="unplaced-title">${items}</ul>`;
}

/** The id of a region's first row in the table. */
export function anchor({ region }) {
  return `region-${region}`;
}

/** What a region is, for those who hear the map. */
export function siteLabel({ region, place, nodes, states, leader, active }) {
  const name = place.name === region ? region : `${place.name}, ${region}`;
  return `${name}: ${counted(nodes.length, "node")}, ${statesText(states)}${leader ? ", the leader among them" : ""}; ${counted(active, "active user")}`;
}

function arcs(sites) {
  const all = sites.flatMap(origins);
  const home = all.find(({ leader }) => leader)?.at;
  if (home === undefined) return null;
  const paths = all.flatMap(({ at, leader, heard }) => (heard && !leader ? arc(at, home) : []));
  return paths.map((path) => html`<path class="way" d="${path}"/><path class="comet" d="${path}" pathLength="1"/>`);
}

/** Where arcs begin: at each dot, or in the middle of a disc, which stands for many nodes. */
function origins({ region, at, scale, dots }) {
  if (dots === null) return [{ at, leader: region.leader, heard: region.nodes.some(isHeard) }];
  return region.nodes.map((node, index) => {
    const { x, y } = dots[index];
    return { at: { x: at.x + x * scale, y: at.y + y * scale }, leader: node.leader, heard: isHeard(node) };
  });
}

function isHeard({ state }) {
  return state === "counting" || state === "draining" || state === "refusing";
}

function siteLink({ region, at, scale, radius, dots }) {
  const marks = dots === null ? disc(region, radius) : region.nodes.map((node, index) => dot(node, dots[index]));
  return html`<a class="site" href="#${anchor(region)}" data-key="${region.region}" data-region="${region.region}" aria-label="${siteLabel(region)}" transform="translate(${at.x} ${at.y}) scale(${scale})"><circle class="reach" r="${radius + 4}"/>${marks}</a>`;
}

function dot(node, { x, y }) {
  const state = node.leader ? "leader" : node.state;
  return html`<g class="node" data-key="${node.id}" data-state="${state}" transform="translate(${x} ${y})"><circle class="pulse" r="${DOT}" data-rate="${pulse(node.rate)}"/>${node.leader && html`<circle class="crown" r="${DOT + 3}"/>`}<circle class="dot" r="${DOT}"/></g>`;
}

/** A region of many nodes: how many they are, and how many in which state, as a ring. */
function disc(region, radius) {
  const total = region.nodes.length;
  let from = 0;
  const parts = Object.keys(STATES).map((state) => {
    const share = ((region.states[state] ?? 0) / total) * 100;
    if (share === 0) return null;
    from += share;
    return html`<circle class="share" data-state="${state}" r="${radius}" pathLength="100" stroke-dasharray="${share} 100" stroke-dashoffset="${share - from}"/>`;
  });
  const rate = region.nodes.reduce((sum, node) => sum + (node.rate ?? 0), 0);
  return html`<circle class="pulse disc-pulse" r="${radius}" data-rate="${pulse(rate)}"/><circle class="disc" r="${radius}"/>${parts}${region.leader && html`<circle class="crown" r="${radius + 4}"/>`}<text>${grouped(total)}</text>`;
}

/** How quickly a dot beats, in five steps: none, under one hit a second, under 10, under 100, and more. */
function pulse(rate) {
  if (!rate) return 0;
  return Math.max(1, Math.min(4, 2 + Math.floor(Math.log10(rate))));
}
