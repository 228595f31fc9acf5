import { compareNames, STATES } from "./format.js";

/** @import { MapPlace } from "../../map_place.ts" */
/** @import { ModelNode } from "./model.js" */

/**
 * The nodes of one region and what they are together. `leader`: whether one of them leads. `states`: how many are in each state. `state`: the one that
 * needs attention most. `heardAt`: the newest report of any of them. The numbers are sums.
 *
 * @typedef {object} RegionSummary
 * @property {string} region
 * @property {MapPlace | null} place
 * @property {readonly ModelNode[]} nodes
 * @property {boolean} leader
 * @property {Readonly<Record<string, number>>} states
 * @property {string} state
 * @property {number} hits
 * @property {number} committed
 * @property {number} pending
 * @property {number} active
 * @property {number | null} heardAt
 */

/**
 * One summary for each region, in the order of the regions' names.
 *
 * @param {readonly ModelNode[]} nodes
 */
export function summarize(nodes) {
  const regions = Map.groupBy(nodes, ({ region }) => region);
  const summaries = [...regions].map(([region, members]) => summary(region, members));
  return summaries.sort((a, b) => compareNames(a.region, b.region));
}

/** @type {(region: string, nodes: ModelNode[]) => RegionSummary} */
function summary(region, nodes) {
  /** @param {"hits" | "committed" | "pending" | "active"} field */
  const sum = (field) => nodes.reduce((total, node) => total + node[field], 0);
  /** @type {Record<string, number>} */
  const states = {};
  for (const { state } of nodes) states[state] = (states[state] ?? 0) + 1;
  const heardAt = nodes.reduce((last, node) => Math.max(last, node.heardAt ?? 0), 0);
  return {
    region,
    place: nodes[0]?.place ?? null,
    nodes: nodes.sort((a, b) => compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1)),
    leader: nodes.some(({ leader }) => leader),
    states,
    state: [...Object.keys(STATES), ...Object.keys(states)].find((state) => state in states) ?? "",
    hits: sum("hits"),
    committed: sum("committed"),
    pending: sum("pending"),
    active: sum("active"),
    heardAt: heardAt || null,
  };
}
