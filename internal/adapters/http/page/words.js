/** The words of the page, for the server, which renders it, and for the browser, which keeps it live. */

/** `1234567` as `1,234,567`; takes totals as the interface writes them. */
export function grouped(total) {
  if (total === null) return "–";
  const digits = String(total);
  let text = digits.slice(-3);
  for (let end = digits.length - 3; end > 0; end -= 3) text = `${digits.slice(Math.max(0, end - 3), end)},${text}`;
  return text;
}

/** `1 node`, `1,204 nodes`. */
export function counted(count, one, many = `${one}s`) {
  return `${grouped(count)}\u00a0${count === 1 ? one : many}`;
}

/** A rate in few digits: `0`, `0.4`, `12`, `1,204`. */
export function rateText(perSecond) {
  return perSecond === 0 || perSecond >= 10 ? grouped(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** Roughly how long: `12 s`, `4 min`, `3 h`, `2 days`; it never breaks across lines. */
export function duration(seconds) {
  if (seconds < 100) return `${Math.round(seconds)}\u00a0s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)}\u00a0min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)}\u00a0h`;
  return `${Math.round(seconds / 86400)}\u00a0days`;
}

/** How long ago; null: nobody knows. */
export function ago(seconds) {
  if (seconds === null) return "not known";
  return seconds < 2.5 ? "just now" : `${duration(seconds)} ago`;
}

/** What the page calls the states of nodes, in the order in which they need attention. */
export const STATES = {
  unreachable: "Out of reach",
  refusing: "Refusing hits",
  foreign: "Knows another ledger",
  lagging: "Lagging",
  draining: "Leaving",
  counting: "Counting",
  ended: "Ended",
};

/** The name of a state; one that a newer version has is its own name. */
export function stateName(state) {
  return STATES[state] ?? state;
}

/** How many nodes there are in each state, as `31 counting, 1 lagging`. */
export function statesText(states) {
  const order = [...new Set([...Object.keys(STATES).toReversed().slice(1), ...Object.keys(states)])];
  return order
    .filter((state) => states[state] > 0)
    .map((state) => `${grouped(states[state])} ${stateName(state).toLowerCase()}`)
    .join(", ");
}

/** What a badge says about a node beside its name. */
export function nodeBadges(node, cluster) {
  const badges = [];
  if (node.leader) badges.push("leader");
  if (node.id === cluster.node) badges.push("this node");
  return badges;
}
