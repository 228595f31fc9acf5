/** How the page writes numbers, durations and states, and sorts names. The server uses it too. */

/** @import { TotalJson } from "../../totals_json.ts" */
/** @import { ClusterEvent } from "../../events/messages.ts" */
/** @import { ModelNode } from "./model.js" */

/**
 * `1234567` as `1,234,567`; a dash for null. Takes totals as the API writes them.
 *
 * @param {TotalJson | bigint} total
 */
export function grouped(total) {
  if (total === null) return "–";
  const digits = String(total);
  let text = digits.slice(-3);
  for (let end = digits.length - 3; end > 0; end -= 3) text = `${digits.slice(Math.max(0, end - 3), end)},${text}`;
  return text;
}

/**
 * `1 node`, `1,204 nodes`.
 *
 * @param {number} count
 * @param {string} one
 */
export function counted(count, one, many = `${one}s`) {
  return `${grouped(count)}\u00a0${count === 1 ? one : many}`;
}

/**
 * A rate in few digits: `0`, `0.4`, `12`, `1,204`.
 *
 * @param {number} perSecond
 */
export function rateText(perSecond) {
  return perSecond === 0 || perSecond >= 10 ? grouped(Math.round(perSecond)) : perSecond.toFixed(1);
}

/**
 * A rough duration: `12 s`, `4 min`, `3 h`, `2 days`. It never breaks across lines.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 100) return `${Math.round(seconds)}\u00a0s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)}\u00a0min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)}\u00a0h`;
  return `${Math.round(seconds / 86400)}\u00a0days`;
}

/**
 * How long ago something happened.
 *
 * @param {number | null} seconds null: unknown
 */
export function ago(seconds) {
  if (seconds === null) return "unknown";
  return seconds < 2.5 ? "just now" : `${duration(seconds)} ago`;
}

/**
 * Sorts names as people do: `node-2` before `node-10`, and `b` before `C`. The tables of Intl.Collator would take 3 MB in the server.
 *
 * @param {string} a
 * @param {string} b
 */
export function compareNames(a, b) {
  return compareParts(a.toLowerCase(), b.toLowerCase()) || compareText(a, b);
}

/** @type {(a: string, b: string) => number} */
function compareParts(a, b) {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  while (at > 0 && isDigit(a[at - 1])) at--;
  const [left, right] = [numberIn(a, at), numberIn(b, at)];
  const byNumber = left === null || right === null ? 0 : left.length - right.length || compareText(left, right);
  return byNumber || compareText(a, b);
}

/**
 * The digits that begin here, without zeros before them; null: there are none.
 *
 * @param {string} text
 * @param {number} start
 */
function numberIn(text, start) {
  let end = start;
  while (isDigit(text[end])) end++;
  return end === start ? null : text.slice(start, end).replace(/^0+/, "");
}

/** @param {string | undefined} character */
function isDigit(character) {
  return character !== undefined && character >= "0" && character <= "9";
}

/** @type {(a: string, b: string) => number} */
function compareText(a, b) {
  return a < b ? -1 : Number(a > b);
}

/**
 * The page's names for the states of nodes. The state that needs attention most comes first.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const STATES = {
  unreachable: "Unreachable",
  refusing: "Refusing hits",
  foreign: "On another ledger",
  lagging: "Lagging",
  draining: "Shutting down",
  counting: "Counting",
  ended: "Ended",
};

/**
 * The name of a state. A node of a newer version may send a state without a name here: it is shown as it is.
 *
 * @param {string} state
 */
export function stateName(state) {
  return STATES[state] ?? state;
}

/**
 * How many nodes are in each state: `31 counting, 1 lagging`.
 *
 * @param {Readonly<Record<string, number>>} states
 */
export function statesText(states) {
  const order = new Set([...Object.keys(STATES).toReversed().slice(1), ...Object.keys(states)]);
  return [...order]
    .map((state) => ({ state, count: states[state] ?? 0 }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${grouped(count)} ${stateName(state).toLowerCase()}`)
    .join(", ");
}

/**
 * The badges beside a node's name.
 *
 * @param {ModelNode} node
 * @param {ClusterEvent} cluster
 */
export function nodeBadges(node, cluster) {
  const badges = [];
  if (node.leader) badges.push("leader");
  if (node.id === cluster.node) badges.push("this node");
  return badges;
}
