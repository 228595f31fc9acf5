/** What the page shows, put together from the messages of an event stream (event_messages.ts). Its shape is in model.d.ts. */

const HISTORY = 300;

/** The model after `message`; `before`: null for the first. Also what the server renders: the model after a full message. */
export function merged(before, message) {
  const kept = message.full ? new Map() : new Map(before.nodes.map((node) => [node.id, node]));
  for (const id of message.left) kept.delete(id);
  const seconds = before === null ? 0 : (message.cluster.now - before.cluster.now) / 1000;
  for (const change of message.nodes) kept.set(change.id, changed(kept.get(change.id), change));
  const nodes = [...kept.values()].map((node) => ({
    ...node,
    leader: node.id === message.cluster.leader,
    rate: rate(node, seconds),
    hitsBefore: node.hits,
  }));
  return { counter: counter(before, message), cluster: message.cluster, nodes, elapsed: 0 };
}

function changed(node, change) {
  return { place: null, rate: null, hitsBefore: null, ...node, ...change };
}

/** Hits per second of a node, lightly smoothed; null while only one number is known. */
function rate({ hits, hitsBefore, rate }, seconds) {
  if (hitsBefore === null || seconds <= 0) return rate;
  const now = Math.max(0, hits - hitsBefore) / seconds;
  return rate === null ? now : round(rate * 0.5 + now * 0.5);
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
