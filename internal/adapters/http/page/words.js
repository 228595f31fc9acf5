/** The words of the page, for the server, which renders it, and for the browser, which keeps it live. */

/** `1234567` as `1,234,567`; takes totals as the interface writes them. */
export function grouped(total) {
  if (total === null) return "–";
  const digits = String(total);
  let text = digits.slice(-3);
  for (let end = digits.length - 3; end > 0; end -= 3) text = `${digits.slice(Math.max(0, end - 3), end)},${text}`;
  return text;
}

/** Roughly how long: `12 s`, `4 min`, `3 h`, `2 days`; it never breaks across lines. */
export function duration(seconds) {
  if (seconds < 100) return `${Math.round(seconds)}\u00a0s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)}\u00a0min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)}\u00a0h`;
  return `${Math.round(seconds / 86400)}\u00a0days`;
}

/** How long ago; null is never. */
export function ago(seconds) {
  if (seconds === null) return "never";
  return seconds < 2.5 ? "just now" : `${duration(seconds)} ago`;
}

const STATES = {
  counting: "Counting",
  draining: "Leaving",
  lagging: "Lagging",
  unreachable: "Out of reach",
  foreign: "Knows another ledger",
};

/** A node's row after its name: label and text of each cell. `elapsed`: seconds since `node` was written. */
export function nodeCells(node, elapsed) {
  return [
    ["Region", node.region],
    ["State", STATES[node.state]],
    ["Hits", grouped(node.hits)],
    ["Pending", grouped(node.pending)],
    ["Last word", ago(node.age === null ? null : node.age + elapsed)],
  ];
}

/** What a badge says about a node beside its name. */
export function nodeBadges(node, cluster) {
  const badges = [];
  if (node.leader) badges.push("leader");
  if (node.id === cluster.node) badges.push("this node");
  return badges;
}

export function nodesHeading({ nodeCount, nodes }) {
  const count = nodeCount === 1 ? "1 node" : `${grouped(nodeCount)} nodes`;
  return nodes.length < nodeCount ? `${count}, ${grouped(nodes.length)} of them here` : count;
}

/**
 * How the cluster is, in a sentence. `elapsed`: seconds since `cluster` was written.
 * Tone: `good`; `wait`, trouble that passes; `bad`, a person must act.
 */
export function clusterState(cluster, elapsed) {
  if (!cluster.ready) return { tone: "wait", text: "This node is leaving; another one takes over." };
  const goesOn = `Counting goes on, ${pendingWords(cluster.pending)}.`;
  const silence = cluster.leaderSilence === null ? null : cluster.leaderSilence + elapsed;
  if (cluster.leader === null || silence === null) return { tone: "wait", text: `Waiting for a leader. ${goesOn}` };
  if (silence > QUIET_ROUNDS * cluster.interval + 1) {
    return { tone: "wait", text: `No word from a leader for ${duration(silence)}. ${goesOn}` };
  }
  const stale = cluster.age === null ? "" : ` for ${duration(cluster.age + elapsed)}`;
  return STORES[cluster.store](stale, goesOn, cluster, elapsed);
}

const QUIET_ROUNDS = 3;

const STORES = {
  ok: (_stale, _goesOn, cluster, elapsed) => ({
    tone: "good",
    text: `All is well. Committed ${ago((cluster.age ?? 0) + elapsed)}, ${onTheWay(cluster.pending)}.`,
  }),
  unknown: (_stale, goesOn) => ({ tone: "wait", text: `Waiting for word of the store. ${goesOn}` }),
  founding: (_stale, goesOn) => ({
    tone: "wait",
    text: `Before it founds a new ledger, the leader makes sure that there is none. ${goesOn}`,
  }),
  away: (stale, goesOn) => ({ tone: "wait", text: `The store has been away${stale}. ${goesOn}` }),
  locked: (stale, goesOn) => ({ tone: "wait", text: `Another process has held the store's lock${stale}. ${goesOn}` }),
  full: (stale, goesOn) => ({ tone: "bad", text: `The store has been full${stale} and needs space. ${goesOn}` }),
  lost: (_stale, goesOn) => ({
    tone: "bad",
    text: `The store has lost its ledger; a person must decide how to go on. ${goesOn}`,
  }),
  corrupt: (_stale, goesOn) => ({
    tone: "bad",
    text: `The ledger does not add up and is left untouched until a person looks at it. ${goesOn}`,
  }),
};

function pendingWords(pending) {
  return pending === 0 ? "nothing pending" : `${grouped(pending)} pending`;
}

function onTheWay(pending) {
  return pending === 0 ? "nothing pending" : `${grouped(pending)} on the way`;
}
