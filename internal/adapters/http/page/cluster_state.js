import { ago, duration, grouped } from "./words.js";

/**
 * How the cluster is, in a sentence. `elapsed`: seconds since `cluster` was written.
 * Tone: `good`; `wait`, trouble that passes; `bad`, a person must act. `key` changes when the matter does, not with its numbers.
 */
export function clusterState(cluster, elapsed) {
  const goesOn = `Counting goes on, ${pendingWords(cluster.pending)}.`;
  if (!cluster.ready) return wait("leaving", "This node is leaving; another one takes over.");
  const silence = cluster.leaderSilence === null ? null : cluster.leaderSilence + elapsed;
  const led = cluster.leader !== null && silence !== null && silence <= QUIET_ROUNDS * cluster.interval + 1;
  if (!led && !WHY_NOBODY_LEADS.has(cluster.store)) {
    if (silence === null) return wait("no leader", `Waiting for a leader. ${goesOn}`);
    return wait("silent leader", `No word from a leader for ${duration(silence)}. ${goesOn}`);
  }
  const stale = cluster.age === null ? "" : ` for ${duration(cluster.age + elapsed)}`;
  return { key: cluster.store, ...STORES[cluster.store](stale, goesOn, cluster, elapsed) };
}

const QUIET_ROUNDS = 3;
/** States of the store in which nobody can lead. */
const WHY_NOBODY_LEADS = new Set(["away", "locked", "full"]);

function wait(key, text) {
  return { key, tone: "wait", text };
}

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
