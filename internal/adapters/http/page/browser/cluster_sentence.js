import { ago, counted, duration, grouped } from "./format.js";
import { isOutdated, reportAge } from "./report_age.js";

/** @import { ClusterEvent } from "../../events/messages.ts" */
/** @import { PageModel } from "./model.js" */

/**
 * How the cluster is doing. `tone`: `wait` is a problem that passes; `bad` needs an operator. `key` stays the same while only the numbers
 * change. `fresh`: the leader still hears the other nodes, so what the page knows of them is current.
 *
 * @typedef {{ readonly key: string, readonly tone: "good" | "wait" | "bad", readonly fresh: boolean, readonly text: string }} ClusterSentence
 */

/**
 * @param {Pick<PageModel, "cluster" | "nodes">} model
 * @param {number} elapsed seconds since the message arrived
 * @returns {ClusterSentence}
 */
export function clusterSentence({ cluster, nodes }, elapsed) {
  const pending = pendingText(cluster, nodes, elapsed);
  const continues = `Counting continues, ${pending}.`;
  const refusing = nodes.filter(({ state }) => state === "refusing");
  if (refusing.some(({ id }) => id === cluster.node)) return bad("refusing", `${REFUSES_HERE} Now ${pending}.`);
  if (!cluster.ready) return wait("leaving", "This node is shutting down; another one takes over.", true);
  // As the node measured it. The silence since then may lie between the node and the page.
  const silence = cluster.leaderSilence;
  const led = cluster.leader !== null && silence !== null && silence <= QUIET_ROUNDS * cluster.interval + 1;
  if (!led && !STORE_PREVENTS_LEADER.has(cluster.store)) {
    if (silence === null) return wait("no leader", `Waiting for a leader. ${continues}`);
    return wait("silent leader", `The leader has been silent for ${duration(silence)}. ${continues}`);
  }
  const since = cluster.age === null ? "" : ` for ${duration(cluster.age + elapsed)}`;
  const missing = nodes.filter(({ state }) => state === "unreachable").length;
  const latest = `Committed ${ago((cluster.age ?? 0) + elapsed)}, ${pending}.`;
  if (cluster.store === "ok" && refusing.length > 0) return someRefusing(refusing.length, nodes.length, latest);
  if (cluster.store === "ok" && missing > 0) return someUnreachable(missing, nodes.length, latest);
  const fresh = cluster.store !== "away" && cluster.store !== "locked";
  return { key: cluster.store, fresh, ...storeSentence(cluster, since, continues, latest) };
}

/**
 * The store's own message as a sentence for visitors: without the ids that operators need, and without what the sentence above it says.
 *
 * @param {string} detail
 */
export function storeMessage(detail) {
  const text = detail
    .replace(/Counting (goes on|continues)\.\s*/g, "")
    .replace(/\b(ledger|log) [0-9a-f]{8,}\b/g, "the $1")
    .trim();
  return text && `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}

const QUIET_ROUNDS = 3;
/** States of the store in which no node can lead. */
const STORE_PREVENTS_LEADER = new Set(["away", "locked", "full"]);

const REFUSES_HERE =
  "This node refuses hits: its data directory was deleted or moved, and cannot be created again yet.";

/** @type {(key: string, text: string) => ClusterSentence} */
function bad(key, text) {
  return { key, tone: "bad", fresh: true, text };
}

/** @type {(key: string, text: string, fresh?: boolean) => ClusterSentence} */
function wait(key, text, fresh = false) {
  return { key, tone: "wait", fresh, text };
}

/** @type {(cluster: ClusterEvent, since: string, continues: string, latest: string) => Pick<ClusterSentence, "tone" | "text">} */
function storeSentence({ store }, since, continues, latest) {
  if (store === "ok") return { tone: "good", text: `All is well. ${latest}` };
  const tone = store === "full" || store === "lost" || store === "corrupt" ? "bad" : "wait";
  return { tone, text: `${storeProblem(store, since)} ${continues}` };
}

/** @type {(store: string, since: string) => string} */
function storeProblem(store, since) {
  switch (store) {
    case "unknown":
      return "The state of the store is not known yet.";
    case "founding":
      return "The leader makes sure that there is no ledger before it creates one.";
    case "away":
      return `The store has been unavailable${since}.`;
    case "locked":
      return `Another process has held the store's lock${since}.`;
    case "full":
      return `The store has been full${since} and needs more space.`;
    case "lost":
      return "The store has lost its ledger and needs an operator.";
    case "corrupt":
      return "The ledger is inconsistent and needs an operator.";
    default:
      return `The store is in a state that this page does not know: ${store}.`;
  }
}

/** @type {(refusing: number, count: number, latest: string) => ClusterSentence} */
function someRefusing(refusing, count, latest) {
  const [refuse, its] =
    refusing === 1 ? ["refuses", "its data directory is"] : ["refuse", "their data directories are"];
  return bad("refusing", `${grouped(refusing)} of ${counted(count, "node")} ${refuse} hits: ${its} missing. ${latest}`);
}

/** @type {(missing: number, count: number, latest: string) => ClusterSentence} */
function someUnreachable(missing, count, latest) {
  const text = `${grouped(missing)} of ${counted(count, "node")} ${missing === 1 ? "is" : "are"} unreachable. ${latest}`;
  return { key: "unreachable", tone: "wait", fresh: true, text };
}

/**
 * Nodes that do not report continue to count, so the sum of the last reports is a lower bound.
 *
 * @type {(cluster: ClusterEvent, nodes: PageModel["nodes"], elapsed: number) => string}
 */
function pendingText(cluster, nodes, elapsed) {
  const { pending } = cluster;
  const partial = nodes.some(
    (node) => node.state !== "ended" && isOutdated(reportAge(node, cluster, elapsed), cluster),
  );
  if (pending === 0) return partial ? "pending hits unknown" : "nothing pending";
  return `${partial ? "at least " : ""}${grouped(pending)} pending`;
}
