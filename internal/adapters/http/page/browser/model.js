/** What the page shows, put together from the messages of an event stream (events/messages.ts). */

import { isOutdated, reportAge } from "./report_age.js";

/** @import { NodeState } from "../../../../core/cluster/cluster_view.ts" */
/** @import { ClusterEvent, EventMessage, History, NodeChange, NodeEvent } from "../../events/messages.ts" */
/** @import { TotalJson } from "../../totals_json.ts" */
/** @import { Said } from "./shown_number.js" */

/**
 * `revision`: how many messages it is made of. `elapsed`: seconds since `cluster.now`.
 *
 * @typedef {object} PageModel
 * @property {{ readonly value: TotalJson, readonly rate: number | null, readonly history: History, readonly said: Said }} counter
 * @property {ClusterEvent} cluster
 * @property {readonly ModelNode[]} nodes
 * @property {number} revision
 * @property {number} elapsed
 */

/**
 * `ended`: unreachable, and another process has its name, because the node was restarted.
 *
 * @typedef {NodeState | "ended"} ShownState
 */

/**
 * `reportedState`: as the leader sent it. `revision`: the model's, when the node's row last changed. `rate`: hits per second; null: unknown.
 * `ratedAt`: the report that `rate` ends with.
 *
 * @typedef {Omit<NodeEvent, "state"> & { state: ShownState, reportedState: NodeState, leader: boolean, revision: number, rate: number | null, ratedAt: Report }} ModelNode
 */

/** @typedef {Pick<NodeEvent, "hits" | "heardAt">} Report */

/** Seconds. */
const HISTORY = 300;

/**
 * The model after `message`. The server renders the model after a full message.
 *
 * @param {PageModel | null} before null: this is the first message
 * @param {EventMessage} message
 * @returns {PageModel}
 */
export function merged(before, message) {
  const { cluster } = message;
  const former = new Map(before?.nodes.map((node) => [node.id, node]));
  const revision = (before?.revision ?? 0) + 1;
  const kept = keptNodes(message.full ? new Map() : former, message);
  const living = new Set(kept.filter(isLiving).map(({ name }) => name));
  const nodes = kept.map((node) => {
    const ended = node.reportedState === "unreachable" && living.has(node.name);
    const rate = isOutdated(reportAge(node, cluster), cluster) ? null : node.rate;
    const state = ended ? "ended" : node.reportedState;
    return withRevision(former.get(node.id), { ...node, state, rate, leader: node.id === cluster.leader, revision });
  });
  return { counter: mergedCounter(before, message), cluster, nodes, revision, elapsed: 0 };
}

/**
 * @param {ReadonlyMap<string, ModelNode>} former
 * @param {EventMessage} message
 */
function keptNodes(former, { left, nodes }) {
  const kept = new Map(former);
  for (const id of left) kept.delete(id);
  for (const change of nodes) kept.set(change.id, mergedNode(kept.get(change.id), change));
  return [...kept.values()];
}

/** What a row of the table shows, apart from what ages. */
const IN_ROW = /** @type {const} */ (["name", "region", "state", "leader", "committed", "pending", "active"]);

/** @type {(before: ModelNode | undefined, node: ModelNode) => ModelNode} */
function withRevision(before, node) {
  const same = before !== undefined && IN_ROW.every((field) => before[field] === node[field]);
  return same ? { ...node, revision: before.revision } : node;
}

/** @type {(node: ModelNode) => boolean} */
function isLiving({ reportedState }) {
  return ["counting", "draining", "refusing", "lagging"].includes(reportedState);
}

/**
 * The first change of a node has all its fields.
 *
 * @type {(before: ModelNode | undefined, change: NodeChange) => ModelNode}
 */
function mergedNode(before, change) {
  // A new leader may not have heard a node that the former one did.
  const heardAt = change.heardAt ?? before?.heardAt ?? null;
  const reportedState = change.state ?? before?.reportedState;
  const node = /** @type {ModelNode} */ ({ place: null, ...before, ...change, heardAt, reportedState });
  return { ...node, ...(before === undefined ? { rate: null, ratedAt: reportOf(node) } : rated(before, node)) };
}

/**
 * Hits per second between two reports of a node, lightly smoothed. Rows of many nodes are sent in turn: until the next row, the rate stays.
 * Nobody knows what an unreachable node counts.
 *
 * @param {ModelNode} before
 * @param {ModelNode} node
 */
function rated({ rate, ratedAt }, node) {
  const report = reportOf(node);
  if (node.reportedState === "unreachable" || node.reportedState === "foreign") return { rate: null, ratedAt: report };
  if (ratedAt.heardAt === null || node.heardAt === null) return { rate, ratedAt: report };
  const seconds = (node.heardAt - ratedAt.heardAt) / 1000;
  if (seconds <= 0) return { rate, ratedAt };
  const now = Math.max(0, node.hits - ratedAt.hits) / seconds;
  return { rate: rate === null ? now : rounded(rate * 0.5 + now * 0.5), ratedAt: report };
}

/** @type {(node: ModelNode) => Report} */
function reportOf({ hits, heardAt }) {
  return { hits, heardAt };
}

/**
 * @param {PageModel | null} before
 * @param {EventMessage} message
 */
function mergedCounter(before, { counter, cluster, full }) {
  const { ledgerTag: ledger, version } = cluster;
  if (counter === null) {
    const said = { ledger, version, generation: null, value: 0 };
    return { value: 0, rate: null, history: { from: 0, hits: [] }, said };
  }
  const { value, regions } = counter;
  const said = { ledger, version, generation: Object.keys(regions).length === 0 ? null : counter.generation, value };
  const known = full || before === null ? { from: counter.history.from, hits: [] } : before.counter.history;
  return { value, rate: counter.rate, history: continued(known, counter.history), said };
}

/** @type {(known: History, more: History) => History} */
function continued({ from, hits }, more) {
  const known = hits.slice(0, Math.max(0, more.from - from));
  const all = known.length === 0 ? more.hits : [...known, ...more.hits];
  const first = known.length === 0 ? more.from : from;
  const extra = Math.max(0, all.length - HISTORY);
  return { from: first + extra, hits: all.slice(extra) };
}

/** @param {number} rate */
function rounded(rate) {
  return rate < 0.05 ? 0 : rate;
}
