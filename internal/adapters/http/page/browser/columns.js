/** The columns of the table of nodes, and how rows are sorted by them. */

import { compareNames, STATES } from "./format.js";

/** @import { ModelNode } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */
/** @import { TableView } from "./table.js" */

/** @typedef {ModelNode | RegionSummary} Row */
/** @typedef {{ readonly key: string, readonly title: string, readonly short?: string, readonly value: (row: Row) => string | number }} Column */

/** The state that needs attention most comes first. */
export const STATE_ORDER = Object.keys(STATES);

/** @type {Column} */
export const NAME = { key: "name", title: "Node", value: label };
/**
 * `value`: what the column sorts by, for nodes and for regions.
 *
 * @type {readonly Column[]}
 */
export const COLUMNS = [
  NAME,
  { key: "region", title: "Region", value: (row) => row.region },
  { key: "state", title: "State", value: (row) => STATE_ORDER.indexOf(row.state) - (row.leader ? 0.5 : 0) },
  { key: "committed", title: "Counted since start", short: "Since start", value: (row) => row.committed },
  { key: "pending", title: "Pending", value: (row) => row.pending },
  { key: "active", title: "Active users", value: (row) => row.active },
  { key: "heardAt", title: "Last report", value: (row) => -(row.heardAt ?? 0) },
];

/** @param {string} key */
export function columnOf(key) {
  return COLUMNS.find((column) => column.key === key) ?? NAME;
}

/**
 * A sorted copy. Rows with the same value stay in the order of their names.
 *
 * @template {Row} R
 * @param {readonly R[]} rows
 * @param {TableView["sort"]} sort
 */
export function sorted(rows, { key, descending }) {
  const { value } = columnOf(key);
  const direction = descending ? -1 : 1;
  return rows.toSorted((a, b) => direction * compare(value(a), value(b)) || compareNames(label(a), label(b)));
}

/** @type {(a: string | number, b: string | number) => number} */
function compare(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : compareNames(String(a), String(b));
}

/** @param {Row} row */
function label(row) {
  return "name" in row ? row.name : row.region;
}
