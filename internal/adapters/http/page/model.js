/** What the page shows, put together from the messages of an event stream (event_messages.ts). Its shape is in model.d.ts. */

const HISTORY = 300;

/** The model after `message`; `before`: null for the first. Also what the server renders: the model after a full message. */
export function merged(before, message) {
  const kept = message.full
    ? new Map()
    : new Map(before.nodes.map((node) => [node.id, { ...node, state: node.toldState }]));
  for (const id of message.left) kept.delete(id);
  for (const change of message.nodes) kept.set(change.id, changed(kept.get(change.id), change));
  const former = new Map(before?.nodes.map((node) => [node.id, node]));
  const revision = (before?.revision ?? 0) + 1;
  const living = new Set([...kept.values()].filter(isLiving).map(({ name }) => name));
  const nodes = [...kept.values()].map((node) => ({
    ...node,
    leader: node.id === message.cluster.leader,
    state: node.state === "unreachable" && living.has(node.name) ? "ended" : node.state,
    toldState: node.state,
  }));
  for (const node of nodes)
    node.revision = isShownAlike(former.get(node.id), node) ? former.get(node.id).revision : revision;
  return { counter: counter(before, message), cluster: message.cluster, nodes, revision, elapsed: 0 };
}

/** What a row of the table shows, but for the age of the last word. */
const IN_ROW = ["name", "region", "state", "leader", "committed", "pending", "active"];

function isShownAlike(before, node) {
  return before !== undefined && IN_ROW.every((field) => before[field] === node[field]);
}

function isLiving({ state }) {
  return state === "counting" || state === "draining" || state === "refusing" || state === "lagging";
}

function changed(before, change) {
  const node = { place: null, ...before, ...change };
  // A new leader may not have heard a node that others did.
  node.heardAt ??= before?.heardAt ?? null;
  return { ...node, ...(before === undefined ? { rate: null, rated: lastWord(node) } : rated(before, node)) };
}

/**
 * Hits per second between two words of the node to the leader, lightly smoothed. The rows of many nodes come in turn: as long as a
 * row does not come, its rate stays. One who is out of reach counts nothing that anyone knows of.
 */
function rated({ rate, rated }, node) {
  if (node.state === "unreachable" || node.state === "foreign") return { rate: null, rated: lastWord(node) };
  if (rated.heardAt === null || node.heardAt === null) return { rate, rated: lastWord(node) };
  const seconds = (node.heardAt - rated.heardAt) / 1000;
  if (seconds <= 0) return { rate, rated };
  const now = Math.max(0, node.hits - rated.hits) / seconds;
  return { rate: rate === null ? now : round(rate * 0.5 + now * 0.5), rated: lastWord(node) };
}

function lastWord({ hits, heardAt }) {
  return { hits, heardAt };
}

function counter(before, { counter, full }) {
  if (counter === null) return { value: 0, rate: null, history: { from: 0, hits: [] } };
  const known = full || before === null ? { from: counter.history.from, hits: [] } : before.counter.history;
  return { value: counter.value, rate: counter.rate, history: continued(known, counter.history) };
}

function continued({ from, hits }, more) {
  const known = hits.slice(0, Math.max(0, more.from - from));
  const all = known.length === 0 ? more.hits : [...known, ...more.hits];
  const first = known.length === 0 ? more.from : from;
  const extra = Math.max(0, all.length - HISTORY);
  return { from: first + extra, hits: all.slice(extra) };
}

function round(rate) {
  return rate < 0.05 ? 0 : rate;
}
