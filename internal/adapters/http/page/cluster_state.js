import { ago, counted, duration, grouped } from "./words.js";

/**
 * How the cluster is, in a sentence, from a page's model (model.d.ts). `elapsed`: seconds since it was heard.
 * Tone: `good`; `wait`, trouble that passes; `bad`, a person must act. `key` changes when the matter does, not with its numbers.
 * `fresh`: what is known of the other nodes is of now, and not of when it was last heard.
 */
export function clusterState({ cluster, nodes }, elapsed) {
  const goesOn = `Counting goes on, ${pendingWords(cluster.pending)}.`;
  const refusing = nodes.filter(({ state }) => state === "refusing");
  if (refusing.some(({ id }) => id === cluster.node)) return bad("refusing", `${REFUSES_HERE} ${goesOn}`);
  if (!cluster.ready) return wait("leaving", "This node is leaving; another one takes over.", true);
  // As the node said: the silence since then may be between the node and the page.
  const silence = cluster.leaderSilence;
  const led = cluster.leader !== null && silence !== null && silence <= QUIET_ROUNDS * cluster.interval + 1;
  if (!led && !WHY_NOBODY_LEADS.has(cluster.store)) {
    if (silence === null) return wait("no leader", `Waiting for a leader. ${goesOn}`);
    return wait("silent leader", `No word from a leader for ${duration(silence)}. ${goesOn}`);
  }
  const stale = cluster.age === null ? "" : ` for ${duration(cluster.age + elapsed)}`;
  const missing = nodes.filter(({ state }) => state === "unreachable").length;
  if (cluster.store === "ok" && missing > 0) return outOfReach(missing, nodes.length, committed(cluster, elapsed));
  if (cluster.store === "ok" && refusing.length > 0)
    return refuse(refusing.length, nodes.length, committed(cluster, elapsed));
  const store = STORES[cluster.store] ?? unheardOf;
  const fresh = cluster.store !== "away" && cluster.store !== "locked";
  return { key: cluster.store, fresh, ...store(stale, goesOn, cluster, elapsed) };
}

/** What the store said, as a sentence for visitors: without the ids that operators need, and without what the state says already. */
export function storeWords(detail) {
  const text = detail
    .replace(/Counting goes on\.\s*/g, "")
    .replace(/\b(ledger|log) [0-9a-f]{8,}\b/g, "the $1")
    .trim();
  return text && `${text[0].toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}

const QUIET_ROUNDS = 3;
/** States of the store in which nobody can lead. */
const WHY_NOBODY_LEADS = new Set(["away", "locked", "full"]);

const REFUSES_HERE = "This node's data directory was deleted or moved: it refuses hits until it can be made anew.";

function refuse(refusing, count, rest) {
  const [is, its] = refusing === 1 ? ["refuses", "its data directory is"] : ["refuse", "their data directories are"];
  return bad("refusing", `${grouped(refusing)} of ${counted(count, "node")} ${is} hits: ${its} missing. ${rest}`);
}

function bad(key, text) {
  return { key, tone: "bad", fresh: true, text };
}

function wait(key, text, fresh = false) {
  return { key, tone: "wait", fresh, text };
}

const STORES = {
  ok: (_stale, _goesOn, cluster, elapsed) => ({
    tone: "good",
    text: `All is well. ${committed(cluster, elapsed)}`,
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

function outOfReach(missing, count, rest) {
  const text = `${grouped(missing)} of ${counted(count, "node")} ${missing === 1 ? "is" : "are"} out of reach. ${rest}`;
  return { key: "out of reach", tone: "wait", fresh: true, text };
}

function committed({ age, pending }, elapsed) {
  return `Committed ${ago((age ?? 0) + elapsed)}, ${onTheWay(pending)}.`;
}

/** A node of a newer version may know states that this page does not. */
function unheardOf(_stale, goesOn, { store }) {
  return { tone: "wait", text: `The store is in a state that this page does not know: ${store}. ${goesOn}` };
}

function pendingWords(pending) {
  return pending === 0 ? "nothing pending" : `${grouped(pending)} pending`;
}

function onTheWay(pending) {
  return pending === 0 ? "nothing pending" : `${grouped(pending)} on the way`;
}
