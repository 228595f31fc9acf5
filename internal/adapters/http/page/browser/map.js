import { counted, grouped, STATES, statesText } from "./format.js";
import { html } from "./html.js";
import { arc, DOT, layOut } from "./map_layout.js";

/** @import { MapPoint } from "../../../../core/geo/map_projection.ts" */
/** @import { Dot, PlacedRegion, Site } from "./map_layout.js" */
/** @import { ModelNode } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */

/**
 * The marks above the map's land: arcs from every node to the leader, and above them the regions with their nodes.
 *
 * @param {readonly RegionSummary[]} regions
 * @param {number} scale WIDE or NARROW of map_layout.js
 */
export function mapMarks(regions, scale) {
  const sites = layOut(regions, scale);
  return html`<g class="arcs">${arcs(sites)}</g>${sites.map(siteLink)}`;
}

/**
 * The meaning of the marks on the map, and of no others.
 *
 * @param {readonly RegionSummary[]} regions
 */
export function legend(regions) {
  const nodes = regions.flatMap((region) => region.nodes);
  /** @type {ReadonlySet<string>} */
  const present = new Set(nodes.map(({ leader, state }) => (leader && state === "counting" ? "leader" : state)));
  const names = [["leader", "Leader"], ...Object.entries(STATES).toReversed()];
  return html`${names.map(([state = "", name]) => present.has(state) && html`<li data-state="${state}">${name}</li>`)}`;
}

/**
 * Regions without a known place: they are listed beside the map. Null: there are none.
 *
 * @param {readonly RegionSummary[]} regions
 */
export function unplaced(regions) {
  const elsewhere = regions.filter(({ place }) => place === null);
  if (elsewhere.length === 0) return null;
  const items = elsewhere.map(
    (region) =>
      html`<li data-state="${region.state}"><a href="#${anchor(region)}"><strong>${region.region}</strong> ${counted(region.nodes.length, "node")}${region.leader && ", leader"}</a></li>`,
  );
  return html`<p id="unplaced-title">Not on the map</p><ul aria-labelledby="unplaced-title">${items}</ul>`;
}

/**
 * The id of a region's first row in the table.
 *
 * @param {{ readonly region: string }} region
 */
export function anchor({ region }) {
  return `region-${region}`;
}

/**
 * What a screen reader says of a region.
 *
 * @param {PlacedRegion} region
 */
function siteLabel({ region, place, nodes, states, leader, active }) {
  const name = place.name === region ? region : `${place.name}, ${region}`;
  return `${name}: ${counted(nodes.length, "node")}, ${statesText(states)}${leader ? ", including the leader" : ""}; ${counted(active, "active user")}`;
}

/** @param {readonly Site[]} sites */
function arcs(sites) {
  const all = sites.flatMap(origins);
  const home = all.find(({ leader }) => leader)?.at;
  if (home === undefined) return null;
  const paths = all.flatMap(({ at, leader, reports }) => (reports && !leader ? arc(at, home) : []));
  return paths.map((path) => html`<path class="way" d="${path}"/><path class="comet" d="${path}" pathLength="1"/>`);
}

/**
 * Where arcs begin: at each dot, or in the middle of a disc, which stands for many nodes.
 *
 * @type {(site: Site) => { at: MapPoint, leader: boolean, reports: boolean }[]}
 */
function origins({ region, at, scale, dots }) {
  if (dots === null) return [{ at, leader: region.leader, reports: region.nodes.some(isReporting) }];
  return dots.map(({ x, y, node }) => {
    return { at: { x: at.x + x * scale, y: at.y + y * scale }, leader: node.leader, reports: isReporting(node) };
  });
}

/** @param {ModelNode} node */
function isReporting({ state }) {
  return state === "counting" || state === "draining" || state === "refusing";
}

/** @param {Site} site */
function siteLink({ region, at, scale, radius, dots }) {
  const marks = dots === null ? disc(region, radius) : dots.map(dotMark);
  return html`<a class="site" href="#${anchor(region)}" data-key="${region.region}" data-region="${region.region}" aria-label="${siteLabel(region)}" transform="translate(${at.x} ${at.y}) scale(${scale})"><circle class="reach" r="${radius + 4}"/>${marks}</a>`;
}

/** @param {Dot} dot */
function dotMark({ x, y, node }) {
  const state = node.leader ? "leader" : node.state;
  return html`<g class="node" data-key="${node.id}" data-state="${state}" transform="translate(${x} ${y})"><circle class="pulse" r="${DOT}" data-rate="${pulse(node.rate)}"/>${node.leader && html`<circle class="crown" r="${DOT + 3}"/>`}<circle class="dot" r="${DOT}"/></g>`;
}

/**
 * A region of many nodes: their number, and in a ring the share of each state.
 *
 * @param {RegionSummary} region
 * @param {number} radius
 */
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

/**
 * How quickly a dot pulses, in five steps: no hits, under one a second, under 10, under 100, and more.
 *
 * @param {number | null} rate
 */
function pulse(rate) {
  if (!rate) return 0;
  return Math.max(1, Math.min(4, 2 + Math.floor(Math.log10(rate))));
}
